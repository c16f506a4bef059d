// ABC boards (SOK and other batteries). What the bytes mean: docs/bms/ble/abc.md
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "bms/language/ble_rows.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

// EE, command, three bytes 00, CRC; one answer is several frames of CC, type, data, CRC.
constexpr Envelope questions{
    .start = "\xEE", .head = 2, .size = 3, .echo_at = 1, .sum = big_endian<checksum::crc8_maxim>};
constexpr Envelope frames{
    .start = "\xCC", .head = 2, .size = 17, .echo_at = 1, .sum = big_endian<checksum::crc8_maxim>};
constexpr std::size_t type_at = 1;
constexpr Duration end_of_cells = 200ms;  // without another frame
constexpr std::uint8_t pack = 0xF0, name = 0xF1, state = 0xF2, extra = 0xF3, cells = 0xF4, flags = 0xF9;

// Offsets of the data, two less than of the frame.
constexpr std::array pack_table{
    Field{0, u24le, 0.001, &Telemetry::voltage},  Field{3, i24le, 0.001, &Telemetry::current},
    Field{6, u24le, 0.001, &Telemetry::capacity}, Field{9, u24le, 0.001, &Telemetry::capacity_remaining},
    Field{12, u16le, 1, &Telemetry::cycles},      Field{14, u8, 1, &Telemetry::soc},
};
static_assert(fits(pack_table, 17) && apart(pack_table));
constexpr std::array state_table{Field{0, u8, 1, &Telemetry::charge_fet}, Field{1, u8, 1, &Telemetry::discharge_fet}};
constexpr SensorList sensors{
    .count_at = 2, .count = u8, .most = 7, .offset = 3, .stride = 2, .wire = i16le, .scale = 1};
constexpr std::array extra_table{Field{6, u8, 1, &Telemetry::heating}, Field{8, u8, 1, &Telemetry::balancing}};
constexpr std::size_t cells_a_frame = 4, cell_stride = 4, most_flags = 16;

/// Bit 0 of each of 16 bytes.
constexpr Wire flag_bytes{most_flags,
                          [](const std::uint8_t* data) {
                              std::int64_t word = 0;
                              for (std::size_t i = 0; i < most_flags; ++i) word |= std::int64_t{data[i] & 1} << i;
                              return word;
                          },
                          [](std::uint8_t* data, std::int64_t raw) {
                              for (std::size_t i = 0; i < most_flags; ++i)
                                  data[i] = static_cast<std::uint8_t>(raw >> i & 1);
                          },
                          0, 0xFFFF};
constexpr ProblemWord problem{0, flag_bytes};

/// Up to CR or NUL.
Reply<void> take_name(ByteView data, Reading& reading)
{
    const std::string text =
        printable(data.first(static_cast<std::size_t>(std::find(data.begin(), data.end(), '\r') - data.begin())));
    reading.identity.model_name = text.empty() ? Text() : Text(text);
    return {};
}

void fill_name(Bytes& data, const Reading& reading)
{
    const std::string& text = reading.identity.model_name.value_or("");
    std::copy_n(text.begin(), std::min(text.size(), data.size()), data.begin());
}

constexpr Layout pack_layout{.least = 17, .fields = pack_table},
    name_layout{.least = 17, .take = take_name, .fill = fill_name},
    state_layout{.least = 17, .fields = state_table, .sensors = &sensors},
    extra_layout{.least = 17, .fields = extra_table}, flag_layout{.least = 17, .problem = &problem};

/// A command and the frames its answer needs.
struct Question {
    std::uint8_t command;
    std::array<std::uint8_t, 3> types;  // 0: no more
};
constexpr Question ask_name{0xC0, {name}}, ask_pack{0xC1, {pack, state}}, ask_cells{0xC2, {pack, extra, cells}},
    ask_flags{0xC4, {flags}};

Bytes request(const Question& question)
{
    return questions.frame(std::array<std::uint8_t, 3>{}, question.command);
}

class Abc final : public Host {
    using Host::Host;

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        count_ = 0;
        flagged_.reset();
        const auto named = co_await take(channel, ask_name, reading, true);
        if (!named) reading.identity.model_name.reset();
        co_return !named && named.error() == Refusal::link_lost ? named : Reply<void>{};
    }

    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        co_await must(take(channel, ask_pack, reading));
        cells_.clear();
        co_await must(take(channel, ask_cells, reading));
        while (count_ == 0 || cells_.size() < count_) {
            const auto more = co_await hear(channel, framing(frames), collector(ask_cells, reading), end_of_cells);
            if (!more && more.error() != Refusal::wrong_echo) break;
        }
        co_await must(place_cells(reading.telemetry));
        if (flagged_.value_or(true)) {  // many boards never answer this
            const auto told = co_await take(channel, ask_flags, reading, !flagged_);
            if (!flagged_) flagged_ = told.has_value();
            if (!told) forget(flag_layout, reading);
        }
        co_return Reply<void>{};
    }

    Task<Reply<void>> take(Channel& channel, const Question& question, Reading& reading, bool once = false)
    {
        seen_.clear();
        const Bytes asked = request(question);
        const Asking asking{.request = asked, .framing = framing(frames), .once = once};
        co_return co_await ask(channel, asking, collector(question, reading));
    }

    /// Takes frame after frame; the answer is there when all of its types are.
    std::function<Reply<void>(ByteView)> collector(const Question& question, Reading& reading)
    {
        return [this, &question, &reading](ByteView frame) -> Reply<void> {
            const std::uint8_t type = frame[type_at];
            const auto data = frames.open(frame, type);
            if (!data) return refuse(data.error());
            const auto taken = take(type, *data, reading);
            if (!taken) return taken;
            seen_.insert(type);
            for (const std::uint8_t wanted : question.types)
                if (wanted != 0 && !seen_.contains(wanted)) return refuse(Refusal::wrong_echo);  // that is not all
            return {};
        };
    }

    Reply<void> take(std::uint8_t type, ByteView data, Reading& reading)
    {
        switch (type) {
            case pack:
                return bms::take(pack_layout, data, reading);
            case name:
                return bms::take(name_layout, data, reading);
            case state:
                return bms::take(state_layout, data, reading);
            case extra:
                return bms::take(extra_layout, data, reading);
            case flags:
                return bms::take(flag_layout, data, reading);
            case cells:
                break;
            default:
                return refuse(Refusal::wrong_echo);
        }
        for (std::size_t at = 0; at < cells_a_frame * cell_stride; at += cell_stride)
            if (data[at] != 0) cells_[data[at]] = scaled(u24le.get(&data[at + 1]), 0.001);
        return {};
    }

    /// The numbers run from 1 without a gap, to the same one as in the first poll.
    Reply<void> place_cells(Telemetry& t)
    {
        if (cells_.empty() || cells_.size() > max_cells) return refuse(Refusal::bad_content);
        if (cells_.rbegin()->first != cells_.size()) return refuse(Refusal::bad_content);
        if (count_ == 0) count_ = cells_.size();
        if (cells_.size() != count_) return refuse(Refusal::bad_content);
        t.cell_count = static_cast<std::int64_t>(count_);
        t.cell_voltages.clear();
        for (const auto& [number, volts] : cells_) t.cell_voltages.push_back(volts > 0 ? Number(volts) : std::nullopt);
        return {};
    }

    std::set<std::uint8_t> seen_;           // types of the present answer
    std::map<std::uint8_t, double> cells_;  // by their number, of the present poll
    std::size_t count_ = 0;                 // of the cells; 0: not known yet
    std::optional<bool> flagged_;           // whether it answers the question for flags
};

class AbcDevice final : public Device {
  public:
    explicit AbcDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        bool may_become = false;
        for (const Question* question : {&ask_name, &ask_pack, &ask_cells, &ask_flags}) {
            const auto used = begins_with(input, request(*question));
            may_become = may_become || used == 0;
            if (used.value_or(0) == 0) continue;
            for (const std::uint8_t type : question->types) answer(type, reply);
            return *used;
        }
        return may_become ? 0 : 1;
    }

  private:
    void answer(std::uint8_t type, Bytes& reply) const
    {
        if (type == pack) append(reply, frames.frame(fill(pack_layout, truth_), type));
        if (type == name) append(reply, frames.frame(fill(name_layout, truth_), type));
        if (type == state) append(reply, frames.frame(fill(state_layout, truth_), type));
        if (type == extra) append(reply, frames.frame(fill(extra_layout, truth_), type));
        if (type == flags) append(reply, frames.frame(fill(flag_layout, truth_), type));
        const Cells& all = truth_.telemetry.cell_voltages;
        for (std::size_t first = 0; type == cells && first < all.size(); first += cells_a_frame) {
            Bytes data(17);
            for (std::size_t i = first; i < std::min(first + cells_a_frame, all.size()); ++i) {
                data[cell_stride * (i - first)] = static_cast<std::uint8_t>(i + 1);
                u24le.put(&data[cell_stride * (i - first) + 1], unscaled(all[i].value_or(0), 0.001, u24le));
            }
            append(reply, frames.frame(data, type));
        }
    }

    Reading& truth_;
};

constexpr Gatt gatt[]{{.service = "ffe0", .notify = "ffe1", .write = "ffe2"}};
constexpr Told delivers = Told{"model_name", "cell_count", "cell_voltages"}
                              .add(pack_layout)
                              .add(state_layout)
                              .add(extra_layout)
                              .add(flag_layout);

}  // namespace

extern const Entry abc_bms;
const Entry abc_bms{
    .name = "aiobmsble_abc_bms",
    .type = "Chunguang Song ABC-BMS",
    .sheet = "ble/abc",
    .brands = "SOK, NB, Hoover (app ABC-BMS)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Abc, abc_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> { return std::make_unique<AbcDevice>(truth); },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
