// Creabest VB batteries: frames of the ASCII family. What the bytes mean: docs/bms/ble/cbtpwr_vb.md
#include <algorithm>

#include "bms/language/ascii_layout.h"
#include "bms/language/ble_rows.h"

namespace bmsd::bms::ble {
namespace {

constexpr std::string_view start = "~";
constexpr std::uint8_t asking_version = 0x11, version = 0x22, address = 0x01, group = 0x46;
constexpr std::size_t longest_info = 160;

constexpr ListField cell_list{0, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, 0};
constexpr std::array sensor_table{
    Field{0, i16be, 0.1, sensor(1)},
    Field{2, i16be, 0.1, sensor(2)},
    Field{4, i16be, 0.1, sensor(3)},
    Field{6, i16be, 0.1, sensor(4)},
};
// Behind the sensors.
constexpr std::array tail_table{
    Field{0, i16be, 0.1, &Telemetry::current},
    Field{2, u16be, 0.1, &Telemetry::voltage},
    Field{4, u16be, 1, &Telemetry::soc},
    Field{7, u16be, 1, &Telemetry::cycles},
};
constexpr std::size_t tail_size = 21;
static_assert(fits(tail_table, tail_size) && apart(tail_table));
constexpr ProblemWord problem{15, u48be, 0xFFF000FF000F};
constexpr ascii::InfoLayout status_layout{
    .shape =
        {.at = 0, .size = 2, .between = 0, .most_cells = 32, .least_sensors = 0, .most_sensors = 16, .rest = tail_size},
    .cells = &cell_list,
    .sensors = sensor_table,
    .tail = tail_table,
};
constexpr std::array capacity_table{Field{0, u16be, 0.1, &Telemetry::capacity}};
constexpr Layout capacity_layout{.least = 2, .fields = capacity_table};

Reply<void> take_status(ByteView info, Reading& reading)
{
    Telemetry& t = reading.telemetry;
    const auto taken = ascii::take(status_layout, info, t);
    if (!taken) return taken;
    t.soc = std::min(*t.soc, 100.0);  // it counts on when full
    decode(problem, info.last(info.size() - ascii::count(info, status_layout.shape)->end), t);
    return {};
}

Reply<void> take_capacity(ByteView info, Reading& reading)
{
    return take(capacity_layout, info, reading);
}

Bytes fill_status(const Reading& reading)
{
    Bytes info = ascii::encode(status_layout, reading.telemetry);
    encode(problem, MutableBytes(info).last(tail_size), reading.telemetry);
    return info;
}

Bytes fill_capacity(const Reading& reading)
{
    return fill(capacity_layout, reading);
}

struct Question {
    std::uint8_t code;
    Bytes info;
    Reply<void> (*take)(ByteView info, Reading& reading);
    Bytes (*fill)(const Reading& reading);
};
const Question status{0x42, {0x01}, take_status, fill_status},
    capacity{0x81, {0x01, 0x00, 0x01}, take_capacity, fill_capacity};

Bytes request(const Question& question)
{
    return ascii::build(start.front(), {asking_version, address, group, question.code, question.info});
}

/// Of the text that begins here; where another begins within it, up to that.
std::size_t text_length(ByteView so_far)
{
    const ascii::Extent text = ascii::find_text(so_far, start, longest_info);
    return text.begin == 0 ? text.end : text.begin;
}

class CbtpwrVb final : public Host {
    using Host::Host;

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        reading.telemetry.cell_count.reset();
        co_await must(take(channel, capacity, reading));
        co_await device_information(channel, reading.identity);
        co_return Reply<void>{};
    }

    Task<Reply<void>> read(Channel& channel, Reading& reading) override { return take(channel, status, reading); }

    static Task<Reply<void>> take(Channel& channel, const Question& question, Reading& reading)
    {
        const Bytes asked = request(question);
        const auto open = [&](ByteView text) -> Reply<void> {
            const auto frame = ascii::open(text, start);
            if (!frame) return refuse(frame.error());
            if (frame->version != version || frame->group != group) return refuse(Refusal::wrong_echo);
            if (frame->address != address) return refuse(Refusal::wrong_address);
            if (frame->code != ascii::good) return refuse(Refusal::device_error);
            return question.take(frame->info, reading);
        };
        const Asking asking{.request = asked, .framing = {.start = start, .length = text_length}};
        co_return co_await ask(channel, asking, open);
    }
};

class CbtpwrVbDevice final : public Device {
  public:
    explicit CbtpwrVbDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        bool may_become = false;
        for (const Question* question : {&status, &capacity}) {
            const auto used = begins_with(input, request(*question));
            may_become = may_become || used == 0;
            if (used.value_or(0) == 0) continue;
            append(reply, ascii::build(start.front(), {version, address, group, ascii::good, question->fill(truth_)}));
            return *used;
        }
        return may_become ? 0 : 1;
    }

  private:
    Reading& truth_;
};

constexpr Gatt gatt[]{{.service = "ffe0", .notify = "ffe4", .write = "ffe9", .write_service = "ffe5", .piece = 20}};
constexpr Told delivers = ascii::told({&status_layout}, {"cell_count", "problem_code", "alarms"}).add(capacity_layout);

}  // namespace

extern const Entry cbtpwr_vb_bms;
const Entry cbtpwr_vb_bms{
    .name = "aiobmsble_cbtpwr_vb_bms",
    .type = "Creabest VB series",
    .sheet = "ble/cbtpwr_vb",
    .brands = "Creabest VB",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<CbtpwrVb, cbtpwr_vb_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<CbtpwrVbDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
