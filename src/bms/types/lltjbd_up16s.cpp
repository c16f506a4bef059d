// JBD UP16S rack boards, register protocol "78". What the bytes mean: docs/bms/lltjbd_up16s.md
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bms/language/identity.h"
#include "bms/language/protocol.h"
#include "bms/types/lltjbd_up16s.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using namespace up16s;

constexpr int write_attempts = 3;         // 1 s apart
constexpr int waits_for_port = 24;        // each takes a reply timeout and 1 s: 60 s in all
constexpr double bank_limits_last = 300;  // s
constexpr double soc_tolerance = 1;       // %, of one that was set when it is read back

std::string firmware_text(std::uint64_t number)
{
    return number < 256 ? fmt::format("{}", number) : fmt::format("{}.{}", number >> 8, number & 0xFF);
}

/// Year, month and day, two bytes each.
std::string date_words(const std::uint8_t* data)
{
    return fmt::format("{:04}.{:02}.{:02}", read_be(data, 2), read_be(data + 2, 2), read_be(data + 4, 2));
}

void lower(Number& own, const Number& bank)
{
    if (own && bank) own = std::min(*own, *bank);
}

class Up16s final : public Protocol {
  public:
    explicit Up16s(const Setup& setup) : config_(setup.config), address_(setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        if (config_.up16s_require_direct_connection) {
            const auto direct = co_await read(channel, individual);
            if (!direct) co_return refuse(direct.error());
        }
        reading.identity.type = "JBD UP16S";
        reading.identity.address = address_text(address_);
        const auto polled = co_await poll(channel, reading);
        if (!polled) co_return polled;
        co_await read_texts(channel);
        take_identity(known(channel), reading);
        co_return Reply<void>{};
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        const Number soc_before = reading.telemetry.soc;
        const auto status = co_await read(channel, pack_status);
        const auto taken = status ? take_status(*status, reading) : Reply<void>(refuse(status.error()));
        if (!taken) {
            if (status) channel.refused(taken.error());
            co_return taken;
        }
        co_await read_counters(channel, reading.telemetry, soc_before);
        co_await read_limits(channel, reading.telemetry);
        co_return Reply<void>{};
    }

    Task<Reply<void>> command(Channel& channel, Reading& reading, Command command) override
    {
        if (command.kind == Command::Kind::set_soc) return set_soc(channel, reading.telemetry, command.value);
        return Protocol::command(channel, reading, command);
    }

  private:
    Known& known(Channel& channel) const { return channel.shared<Bank>().batteries[address_]; }

    /// While another program has the port it is waited for.
    Task<Reply<ByteView>> transact(Channel& channel, const Range& range, Bytes data) const
    {
        const Bytes request = frame(address_, range, data);
        const auto length = [&](ByteView so_far) {
            const std::size_t noise = noise_before(so_far, request);
            return noise + frame_length(so_far.subspan(noise));
        };
        const Exchange exchange{.request = request, .length = length, .first = 1500ms, .rest = 500ms};
        const auto judge = [&](ByteView bytes) {
            const std::size_t noise = noise_before(bytes, request);
            if (noise != 0) channel.refused(Refusal::bad_start);
            return open(bytes.subspan(noise), request, range.least);
        };
        Reply<ByteView> reply;
        for (int i = 0; i < waits_for_port; ++i) {
            reply = co_await ask(channel, exchange, judge);
            if (reply || reply.error() != Refusal::port_taken) break;
            co_await channel.pause(1s);
        }
        co_return reply;
    }
    Task<Reply<ByteView>> read(Channel& channel, const Range& range) const { return transact(channel, range, {}); }

    /// Something a battery may never answer: asked `tries` times, 1 s apart.
    Task<Reply<ByteView>> read_optional(Channel& channel, Availability& availability, const Range& range,
                                        int tries = 1) const
    {
        for (int i = 0; i < tries && !availability.never(); ++i) {
            if (i > 0) co_await channel.pause(1s);
            const auto data = co_await read(channel, range);
            if (data) {
                availability.available = true;
                co_return data;
            }
            availability.note(data.error());
        }
        co_return refuse(Refusal::silence);
    }

    Reply<void> take_status(ByteView data, Reading& reading)
    {
        const auto layout = Places::of(data);
        if (!layout) return refuse(layout.error());
        Telemetry& t = reading.telemetry;
        decode(status_table, data, t);
        decode(std::span(&coarse_soc, 1), data, t);
        decode(fet_bits, data, t);
        decode(cell_list, data, layout->cells, t);
        t.temperatures = {};
        for (std::size_t i = 0; i < std::min(layout->sensors, sensor_count); ++i) {
            const Field field = layout->sensor_field(i);
            decode(std::span(&field, 1), data, t);
        }
        const std::uint8_t* tail = &data[layout->tail_at];
        decode_balancing(read_be(tail + balancing_at, 2), layout->cells, t);
        decode(alarm_bits, read_be(&data[faults_at], 4) | read_be(&data[faults_at + 4], 4) << 32, t.alarms);
        Identity& identity = reading.identity;
        identity.pack_serial_number.reset();
        if (auto serial = printable({tail + serial_at, text_size}); !serial.empty())
            identity.pack_serial_number = std::move(serial);
        status_firmware_ = firmware_text(read_be(tail + firmware_at, 2));
        return {};
    }

    /// The fine SoC. Where it is missed, the last one stays as long as the coarse one agrees.
    Task<void> read_counters(Channel& channel, Telemetry& t, Number soc_before) const
    {
        if (config_.soc_calculation) t.alarms[Alarm::low_soc].reset();
        const Number coarse = t.soc;
        Availability& availability = known(channel).parameters_2;
        const auto data = co_await read_optional(channel, availability, parameters_2);
        if (data) {
            decode(counters_table, *data, t);
        } else if (!availability.available) {
            t.total_ah_drawn.reset();
        } else if (soc_before && std::abs(*soc_before - *coarse) <= 0.999) {
            t.soc = soc_before;
        }
    }

    /// The master's pack status tells the limits of the whole bank; no battery may exceed them.
    Task<void> read_limits(Channel& channel, Telemetry& t)
    {
        Bank& bank = channel.shared<Bank>();
        if (address_ == master) {
            bank.charge = t.max_charge_current;
            bank.discharge = t.max_discharge_current;
            bank.told_at = channel.wall();
            const auto data = co_await read_optional(channel, known(channel).individual, individual);
            if (data) {
                decode(own_limits_table, *data, t);
                own_charge_ = t.max_charge_current;
                own_discharge_ = t.max_discharge_current;
            }
            lower(t.max_charge_current, own_charge_);  // one that is missed now raises no limit
            lower(t.max_discharge_current, own_discharge_);
        }
        if (channel.wall() - bank.told_at > bank_limits_last) co_return;
        lower(t.max_charge_current, bank.charge);
        lower(t.max_discharge_current, bank.discharge);
    }

    /// Serial number and dates, then the product; the id stands in the first.
    Task<void> read_texts(Channel& channel) const
    {
        Known& texts = known(channel);
        const auto numbers = co_await read_optional(channel, texts.parameters_1, parameters_1, attempts);
        if (!numbers) co_return;
        const ByteView one = *numbers;
        texts.serial = printable(one.subspan(16, text_size));
        texts.dates = "BMS " + date_words(&one[46]) + ", Pack " + date_words(&one[82]);
        const auto data = co_await read_optional(channel, texts.product, product, attempts);
        if (!data) co_return;
        const ByteView two = *data;
        const auto word = [&](std::size_t at) { return read_be(&two[at], 2); };
        texts.firmware = fmt::format("{}.{}.{}", word(4), word(6), word(8));
        texts.product_text = fmt::format("{} {}, model {}, HW rev {}, FW v{}", printable(two.subspan(28, 16)),
                                         printable(two.subspan(12, 16)), word(0), word(2), texts.firmware);
    }

    void take_identity(const Known& texts, Reading& reading) const
    {
        Identity& identity = reading.identity;
        identity.serial_number.reset();
        identity.production_date.reset();
        if (!texts.serial.empty()) identity.serial_number = texts.serial;
        if (!texts.dates.empty()) identity.production_date = texts.dates;
        if (texts.product_text.empty()) {
            identity.hardware_version =
                fmt::format("JBD UP {}S, FW ver {}", *reading.telemetry.cell_count, status_firmware_);
            identity.firmware_version = status_firmware_;
        } else {
            identity.hardware_version = texts.product_text + ", " + texts.dates;
            identity.firmware_version = texts.firmware;
        }
        identity.unique_id = identity.serial_number ? *identity.serial_number
                                                    : identity.pack_serial_number.value_or("") + '_' +
                                                          decimal_text(*reading.telemetry.design_capacity);
    }

    /// What it acknowledged is read back.
    Task<Reply<void>> set_soc(Channel& channel, Telemetry& t, double percent) const
    {
        if (!(percent >= 0 && percent <= 100)) co_return refuse(Refusal::implausible);
        Known& mine = known(channel);
        if (!mine.parameters_2.available || mine.soc_write.never()) co_return refuse(Refusal::unsupported);
        Bytes data{0x11, 'J', 'B', 'D', 0, 0};
        write_be(&data[4], 2, static_cast<std::uint64_t>(std::lround(percent * 100)));
        Reply<void> result;
        for (int i = 0; i < write_attempts; ++i) {
            if (i > 0) co_await channel.pause(1s);
            const auto acknowledged = co_await transact(channel, soc_write, data);
            if (acknowledged) {
                mine.soc_write.available = true;
                const auto told = co_await read(channel, parameters_2);
                if (!told) co_return Reply<void>{};  // the next poll shows it
                decode(counters_table, *told, t);
                co_return std::abs(*t.soc - percent) <= soc_tolerance ? Reply<void>{} : refuse(Refusal::device_error);
            }
            mine.soc_write.note(acknowledged.error());
            result = refuse(acknowledged.error());
        }
        co_return result;
    }

    const config::Config& config_;
    std::uint8_t address_;
    Number own_charge_, own_discharge_;  // A, of the master alone
    std::string status_firmware_;
};

constexpr Line lines[]{{9600, master}};
constexpr std::string_view delivers[]{"address",
                                      "hardware_version",
                                      "firmware_version",
                                      "serial_number",
                                      "pack_serial_number",
                                      "production_date",
                                      "cell_count",
                                      "voltage",
                                      "current",
                                      "soc",
                                      "soh",
                                      "capacity",
                                      "capacity_remaining",
                                      "design_capacity",
                                      "cycles",
                                      "total_ah_drawn",
                                      "cell_voltages",
                                      "cell_balancing",
                                      "temperatures",
                                      "temperature_mosfet",
                                      "temperature_ambient",
                                      "charge_fet",
                                      "discharge_fet",
                                      "max_charge_current",
                                      "max_discharge_current",
                                      "max_battery_voltage",
                                      "min_battery_voltage",
                                      "alarms"};

}  // namespace

extern const Entry lltjbd_up16s;
const Entry lltjbd_up16s{
    .name = "LltJbd_Up16s",
    .type = "JBD UP16S",
    .sheet = "lltjbd_up16s",
    .brands = "JBD UP16S005..UP16S020 rack boards (Eco-Worthy and other 48 V and 51.2 V rack batteries)",
    .wiring =
        "RS485-1, RS232 or, best, the UART port for Bluetooth/WiFi of the master (address 1), which forwards for all",
    .lines = lines,
    .commands = {Command::Kind::set_soc},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Up16s>(setup); },
    .device = up16s::device,
};

}  // namespace bmsd::bms
