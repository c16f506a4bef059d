// D-powercore packs of e-bikes: frames in pages that want to be acknowledged. What they mean: docs/bms/ble/dpwrcore.md
#include <algorithm>

#include "bms/language/ble.h"
#include "bms/language/requests.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

constexpr std::uint16_t sum_of(ByteView bytes)
{
    return static_cast<std::uint16_t>(checksum::sum16(bytes) + 8);
}
/// The frames of the battery; the host's differ in the start, and tell no length of what it sends.
constexpr Envelope frames{.start = "\x3A\x05\x03",
                          .head = 6,
                          .count_at = 4,
                          .count = u16be,
                          .echo_at = 3,
                          .summed_from = 3,
                          .sum = big_endian<sum_of>,
                          .end = "\r\n"};

// A page: how many bytes are used, number and how many there are, 18 bytes of a frame.
constexpr std::size_t page_size = 20, page_head = 2, content_size = page_size - page_head;
constexpr std::uint8_t acknowledged = 0x80;

unsigned number_of(ByteView page)
{
    return page[1] >> 4U;
}
unsigned pages_of(ByteView page)
{
    return page[1] & 15U;
}

/// Of page `wanted` of `count` (0: not known yet); what is no head of it is noise.
std::size_t page_length(ByteView so_far, unsigned wanted, unsigned count)
{
    const std::size_t known = page_head + frames.start.size();
    if (so_far[0] < 1 || so_far[0] > content_size) return 1;
    if (so_far.size() < known) return known;
    if (number_of(so_far) != wanted || pages_of(so_far) < wanted) return 1;
    if (count != 0 && pages_of(so_far) != count) return 1;
    const bool first = std::equal(frames.start.begin(), frames.start.end(), so_far.begin() + page_head,
                                  [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
    return wanted > 1 || first ? page_size : 1;
}

Bytes request_page(std::uint8_t command, ByteView data = {})
{
    Bytes frame{0x3A, 0x03, 0x05, command, 0, 0};
    append(frame, data);
    const std::uint16_t sum = sum_of(ByteView(frame).subspan(3));
    frame.insert(frame.end(), {static_cast<std::uint8_t>(sum >> 8), static_cast<std::uint8_t>(sum), '\r', '\n'});
    Bytes page{static_cast<std::uint8_t>(frame.size() + 2), 0x11};
    append(page, frame);
    page.resize(page_size);
    return page;
}

constexpr std::array pack_table{
    Field{0, u16be, 0.1, &Telemetry::voltage},
    Field{2, i16be, 1, &Telemetry::current},
    Field{4, u16be, 0.001, &Telemetry::capacity},
    Field{6, u16be, 0.001, &Telemetry::capacity_remaining},
    Field{8, u8, 1, &Telemetry::soc},
};
constexpr ProblemWord problem{9, u8};
constexpr std::array cycle_table{Field{2, u16be, 1, &Telemetry::cycles}, Field{6, kelvin<u16be>, 0.01, sensor(1)}};
constexpr std::array count_table{Field{0, u8, 1, &Telemetry::cell_count}};
constexpr std::array cell_list{ListField{1, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, 0}};
struct Row : Request {
    std::uint8_t command;
    Layout layout;
};
constexpr Row rows[]{
    {{"D-powercore pack (60)"}, 0x60, {.least = 10, .fields = pack_table, .problem = &problem}},
    {{"D-powercore cycles and temperature (61)"}, 0x61, {.least = 12, .fields = cycle_table}},
    {{"D-powercore cells (62)"}, 0x62, {.least = 1, .fields = count_table, .lists = cell_list, .most_cells = 32}},
};
constexpr std::uint8_t unlock = 0x64;
constexpr std::string_view never_locked = "TBA-";
constexpr Duration next_page = 700ms;
constexpr int tries = 3;

class Dpwrcore final : public Host {
    using Host::Host;

    /// The code of a locked pack stands in its name. It is not answered.
    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        const std::string_view name = channel.radio()->device_name();
        const auto code = from_hex(name.substr(name.size() - std::min<std::size_t>(name.size(), 4)));
        if (!name.starts_with(never_locked) && code && code->size() == 2)
            co_await must(send(channel, request_page(unlock, *code)));
        co_await device_information(channel, reading.identity);
        co_return Reply<void>{};
    }

    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        for (const Row& row : rows) {
            Reply<void> taken = refuse(Refusal::silence);
            for (int i = 0; i < tries && !taken && taken.error() != Refusal::link_lost; ++i) {
                taken = co_await take(channel, row, reading);
            }
            co_await must(taken);
        }
        co_return Reply<void>{};
    }

    static Task<Reply<void>> take(Channel& channel, const Row& row, Reading& reading)
    {
        unsigned wanted = 1, count = 0;
        const Framing pages{.length = [&](ByteView so_far) { return page_length(so_far, wanted, count); }};
        const auto open = [](ByteView page) -> Reply<Bytes> {
            return page.size() == page_size ? Reply<Bytes>(Bytes(page.begin(), page.end()))
                                            : refuse(Refusal::wrong_echo);
        };
        const Bytes request = request_page(row.command);
        const Asking asking{.request = request, .framing = pages};
        Bytes page = co_await must(ask(channel, asking, open));
        count = pages_of(page);
        Bytes frame;
        for (;;) {
            append(frame, ByteView(page).subspan(page_head, page[0]));
            page[0] |= acknowledged;
            co_await must(send(channel, page));
            if (++wanted > count) break;
            page = co_await must(hear(channel, pages, open, next_page));
        }
        const auto data =
            frames.length(frame) == frame.size() ? frames.open(frame, row.command) : refuse(Refusal::bad_length);
        const auto taken = data ? bms::take(row.layout, *data, reading) : refuse(data.error());
        if (!taken) channel.refused(taken.error());
        co_return taken;
    }
};

class DpwrcoreDevice final : public Device {
  public:
    explicit DpwrcoreDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        if (input.size() < page_size) return 0;
        const ByteView page = input.first(page_size);
        if ((page[0] & acknowledged) != 0) {
            const unsigned sent = number_of(page);
            if (sent < pages_.size()) append(reply, pages_[sent]);
            return page_size;
        }
        for (const Row& row : rows) {
            if (!std::ranges::equal(page, request_page(row.command))) continue;
            append(reply, page);
            reply[reply.size() - page_size] |= acknowledged;
            cut(frames.frame(fill(row.layout, truth_), row.command));
            append(reply, pages_.front());
        }
        return page_size;
    }

  private:
    void cut(ByteView frame)
    {
        pages_.clear();
        const std::size_t count = (frame.size() + content_size - 1) / content_size;
        for (std::size_t i = 0; i < count; ++i) {
            const ByteView part =
                frame.subspan(i * content_size, std::min(content_size, frame.size() - i * content_size));
            Bytes page{static_cast<std::uint8_t>(part.size()), static_cast<std::uint8_t>((i + 1) << 4 | count)};
            append(page, part);
            page.resize(page_size);
            pages_.push_back(std::move(page));
        }
    }

    Reading& truth_;
    std::vector<Bytes> pages_;  // of the last answer
};

constexpr Gatt gatt[]{{.service = "fff0", .notify = "fff4", .write = "fff3"}};
constexpr Told delivers = Told{}.add(rows);

}  // namespace

extern const Entry dpwrcore_bms;
const Entry dpwrcore_bms{
    .name = "aiobmsble_dpwrcore_bms",
    .type = "D-powercore smart BMS",
    .sheet = "ble/dpwrcore",
    .brands = "D-powercore (e-bikes; DXB-..., TBA-...)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Dpwrcore, dpwrcore_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<DpwrcoreDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
