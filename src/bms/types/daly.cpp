// Daly smart BMS, "A5" protocol. What the bytes mean: docs/bms/daly.md
#include <cmath>
#include <ctime>

#include "bms/language/identity.h"
#include "bms/language/protocol.h"
#include "bms/language/read_back.h"
#include "bms/language/told.h"
#include "bms/types/daly_rows.h"

namespace bmsd::bms {
namespace {

using namespace std::chrono_literals;
using namespace a5;

/// Commands that switch one FET; data byte 0: 1 on, 0 off.
struct Switch {
    Command::Kind kind;
    std::uint8_t what;
    Flag Telemetry::*fet;
};
constexpr Switch switches[]{{Command::Kind::force_charging_off, 0xDA, &Telemetry::charge_fet},
                            {Command::Kind::force_discharging_off, 0xD9, &Telemetry::discharge_fet}};
constexpr std::uint8_t set_soc_id = 0x21;
constexpr std::size_t soc_at = 6;

/// The date and time of day the board is set to with the SoC; local time.
Bytes clock_bytes(double wall)
{
    const auto seconds = static_cast<std::time_t>(wall);
    std::tm local{};
    ::localtime_r(&seconds, &local);
    Bytes bytes;
    for (const int part :
         {local.tm_year - 100, local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec})
        bytes.push_back(static_cast<std::uint8_t>(part));
    return bytes;
}

class Daly final : public Protocol {
  public:
    explicit Daly(const Setup& setup) : config_(setup.config), address_(setup.address) {}

    Task<Reply<void>> identify(Channel& channel, Reading& reading) override
    {
        requests_.anew();
        const auto ask = [&](const Row& row) { return take(channel, row, reading); };
        co_await must(requests_.read_one(channel, info_row, reading, ask));
        co_await must(requests_.read_one(channel, pack_row, reading, ask));
        co_await must(read_settings(channel, reading));
        Identity& identity = reading.identity;
        identity.type = "Daly";
        identity.address = address_text(address_);
        identity.hardware_version = "DalyBMS " + std::to_string(*reading.telemetry.cell_count) + 'S';
        identity.unique_id = unique_id(reading);
        co_return co_await read_values(channel, reading);
    }

    Task<Reply<void>> poll(Channel& channel, Reading& reading) override
    {
        co_await must(read_values(channel, reading));
        co_return co_await read_settings(channel, reading);
    }

    Task<Reply<void>> command(Channel& channel, Reading& reading, Command command) override
    {
        for (const Switch& one : switches)
            if (one.kind == command.kind) return turn(channel, reading, one, command.value != 0);
        if (command.kind == Command::Kind::set_soc) return set_soc(channel, reading, command.value);
        return Protocol::command(channel, reading, command);
    }

  private:
    Task<Reply<void>> take(Channel& channel, const Row& row, Reading& reading)
    {
        if (&row == &cells_row) co_return co_await read_cells(channel, reading);
        Bytes data;
        co_await must(read(channel, row, reading, data));
        Telemetry& t = reading.telemetry;
        if (&row == &info_row) sensors_ = data[sensors_at];
        if (row.what == 0x92 && sensors_ == 0) t.temperatures = {};
        if (&row == &pack_row && inverted() && t.current) t.current = 0.0 - *t.current;
        if (&row != &alarms_row) co_return Reply<void>{};
        if (inverted()) {
            data[2] = exchanged(data[2]);
            co_await must(bms::take(row.layout, data, reading));
        }
        if (config_.soc_calculation) t.alarms[Alarm::low_soc].reset();
        co_return Reply<void>{};
    }

    Task<Reply<void>> read_values(Channel& channel, Reading& reading)
    {
        const auto ask = [&](const Row& row) { return take(channel, row, reading); };
        co_await must(requests_.read_one(channel, pack_row, reading, ask));
        co_await must(requests_.read(channel, polled, reading, ask));
        const Telemetry& t = reading.telemetry;
        const bool cells_known = !t.cell_voltages.empty() || (t.max_cell_voltage && t.min_cell_voltage);
        co_return cells_known ? Reply<void>{} : refuse(Refusal::silence);
    }

    /// Asks for a row and takes what it tells; `data` is what came.
    Task<Reply<void>> read(Channel& channel, const Row& row, Reading& reading, Bytes& data) const
    {
        const auto series = series_of(row, static_cast<std::size_t>(reading.telemetry.cell_count.value_or(0)));
        const auto taken = [&](ByteView told) {
            data.assign(told.begin(), told.end());
            return bms::take(row.layout, told, reading);
        };
        return host_.read(channel, row.what, series, row.tries, taken);
    }

    /// Those that have not come yet. A capacity the board was never told is the configured one.
    Task<Reply<void>> read_settings(Channel& channel, Reading& reading)
    {
        const auto ask = [&](const Row& row) { return take(channel, row, reading); };
        const auto taken = co_await requests_.read(channel, settings, reading, ask);
        Number& capacity = reading.telemetry.capacity;
        if (!capacity || *capacity == 0) capacity = config_.battery_capacity;
        co_return taken;
    }

    static std::string unique_id(const Reading& reading)
    {
        const Identity& identity = reading.identity;
        if (identity.user_label) {
            std::string id = *identity.user_label;
            std::replace(id.begin(), id.end(), ' ', '_');
            return id;
        }
        if (!identity.production_date) return common_unique_id(reading);
        return *identity.production_date + '_' + std::to_string(static_cast<long>(*reading.telemetry.capacity));
    }

    bool inverted() const { return config_.invert_current_measurement < 0; }

    /// Boards send a broken series now and then: known voltages stay for one poll.
    Task<Reply<void>> read_cells(Channel& channel, Reading& reading)
    {
        Bytes data;
        Telemetry& t = reading.telemetry;
        const auto taken = co_await read(channel, cells_row, reading, data);
        if (!taken) {
            if (t.cell_voltages.empty() || std::exchange(forgiven_, true)) co_return taken;
            co_return Reply<void>{};
        }
        forgiven_ = false;
        const double least = config_.min_cell_voltage / 2;
        for (Number& cell : t.cell_voltages)
            if (cell && *cell < least) cell.reset();
        co_return Reply<void>{};
    }

    Task<Reply<void>> turn(Channel& channel, Reading& reading, Switch one, bool off)
    {
        const auto on = static_cast<std::uint8_t>(off ? 0 : 1);
        co_await must(host_.write(channel, one.what, Bytes(1, on), on));
        if (!requests_.answers(switches_row)) co_return Reply<void>{};
        co_return co_await read_back(
            channel, [&] { return take(channel, switches_row, reading); },
            [&] { return obeys(off, reading.telemetry.*one.fet); });
    }

    /// Sets the board's clock, too.
    Task<Reply<void>> set_soc(Channel& channel, Reading& reading, double percent)
    {
        if (!(percent >= 0 && percent <= 100)) co_return refuse(Refusal::implausible);
        Bytes data = clock_bytes(channel.wall());
        data.resize(data_size);
        write_be(&data[soc_at], 2, static_cast<std::uint64_t>(std::lround(percent * 10)));
        co_await must(host_.write(channel, set_soc_id, std::move(data), 1));
        co_return co_await read_back(
            channel, [&] { return take(channel, pack_row, reading); },
            [&] { return std::abs(*reading.telemetry.soc - percent) <= 1; });
    }

    const config::Config& config_;
    std::uint8_t address_;
    Host host_{address_};
    Requests requests_;
    std::uint8_t sensors_ = 0;
    bool forgiven_ = false;  // the latest read of the cells failed and the one before was good
};

class DalyDevice final : public Device {
  public:
    DalyDevice(Reading& truth, std::uint8_t address) : truth_(truth), address_(address) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        ByteView request;
        const std::size_t used = frames.next(input, request);
        if (request.empty() || request[number_at] != address_) return used;
        const std::uint8_t what = request[id_at], number = board_number(address_);
        if (const Row* row = row_of(what)) {
            const Bytes data = fill(row->layout, truth_);
            const auto series = series_of(*row, truth_.telemetry.cell_voltages.size());
            const bool all = row == &cells_row && address_ == bluetooth_host;
            append(reply,
                   series ? series->split(data, all ? most_frames : 0, number, what) : frame(number, what, data));
        } else if (const auto answer = carry_out(what, request.subspan(data_at, data_size))) {
            append(reply, frame(number, what, *answer));
        }
        return used;
    }

  private:
    std::optional<Bytes> carry_out(std::uint8_t what, ByteView data)
    {
        Telemetry& t = truth_.telemetry;
        Bytes answer(data_size);
        for (const Switch& one : switches) {
            if (one.what != what) continue;
            t.*one.fet = data[0] != 0;
            answer[0] = data[0];
            return answer;
        }
        if (what != set_soc_id) return std::nullopt;
        t.soc = static_cast<double>(read_be(&data[soc_at], 2)) / 10;
        if (t.capacity) t.capacity_remaining = *t.capacity * *t.soc / 100;
        answer[0] = 1;
        return answer;
    }

    Reading& truth_;
    std::uint8_t address_;
};

constexpr Line lines[]{{9600, 0x40}, {9600, bluetooth_host}};
constexpr Told delivers = Told{"address", "hardware_version", "user_label"}
                              .add(info_row.layout)
                              .add(pack_row.layout)
                              .add(settings)
                              .add(polled);

}  // namespace

extern const Entry daly;
constinit const Entry daly{
    .name = "Daly",
    .type = "Daly",
    .sheet = "daly",
    .brands = "Daly smart BMS with UART or RS485 (red boards, Y series); not the H, K, M, S boards that speak Modbus",
    .wiring = "UART, RS485 or the maker's USB cable; address 0x40 + board number - 1, or 0x80 on a Bluetooth-type port",
    .lines = lines,
    .commands = {Command::Kind::force_charging_off, Command::Kind::force_discharging_off, Command::Kind::set_soc},
    .delivers = delivers,
    .make = [](const Setup& setup) -> std::unique_ptr<Protocol> { return std::make_unique<Daly>(setup); },
    .device = [](Reading& truth, const Line& line) -> std::unique_ptr<Device> {
        return std::make_unique<DalyDevice>(truth, line.address);
    },
};

}  // namespace bmsd::bms
