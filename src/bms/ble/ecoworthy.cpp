// ECO-WORTHY and DCHOUSE batteries, which send two frames in turn by themselves. What they mean:
// docs/bms/ble/ecoworthy.md
#include "bms/language/ble.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

// A1 or A2, content, CRC. Newer ones put their address before and leave two bytes out behind the type.
enum class Kind : std::uint8_t { pack = 0xA1, cells = 0xA2 };
constexpr Duration oldest = 10s;  // of a frame
constexpr std::size_t address_size = 6, gap = 2, pack_size = 84, cells_size = 102;

constexpr std::array pack_table{
    Field{16, u16be, 1, &Telemetry::soc},
    Field{18, u16be, 1, &Telemetry::soh},
    Field{20, u16be, 0.01, &Telemetry::voltage},
    Field{26, u16be, 0.01, &Telemetry::capacity},
};
constexpr std::array coarse_current{Field{22, i16be, 0.1, &Telemetry::current}};  // with an address
constexpr std::array fine_current{Field{22, i16be, 0.01, &Telemetry::current}};   // without
static_assert(fits(pack_table, pack_size) && apart(pack_table));
constexpr ProblemWord problem{51, u16be};

constexpr std::int64_t not_fitted = -1000;
constexpr std::array count_table{Field{14, u16be, 1, &Telemetry::cell_count}};
constexpr std::array cell_list{ListField{16, 2, u16be, 0.001, &Telemetry::cell_voltages, 0, 0xFFFF}};
constexpr SensorList sensors{.count_at = 80,
                             .count = u16be,
                             .most = 10,
                             .offset = 82,
                             .stride = 2,
                             .wire = i16be,
                             .scale = 0.1,
                             .absent = not_fitted};

constexpr Layout pack_layout{.least = pack_size, .fields = pack_table, .problem = &problem};
constexpr Layout cells_layout{
    .least = cells_size, .fields = count_table, .lists = cell_list, .most_cells = 32, .sensors = &sensors};

const Bytes start_commands[]{
    {0xFF, 0x08, 0x02, 0x00, 0x0B, 0x01, 0x00, 0x64, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x2D},
    {0xFF, 0x08, 0x02, 0x00, 0x0B, 0x01, 0x00, 0x14, 0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x65, 0xEF}};

/// Of a frame that begins with its kind; 0: it is no kind.
std::size_t size_of(std::uint8_t kind)
{
    if (kind == static_cast<std::uint8_t>(Kind::pack)) return pack_size;
    return kind == static_cast<std::uint8_t>(Kind::cells) ? cells_size : 0;
}

class Ecoworthy final : public Host {
    using Host::Host;

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        std::string address(channel.radio()->address());
        std::erase(address, ':');
        address_ = from_hex(address).value_or(Bytes());
        co_await device_information(channel, reading.identity);
        co_return Reply<void>{};
    }

    /// The newest of both frames, both of this poll. Some batteries have to be started, and some stop.
    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        pack_at_.reset(), cells_at_.reset();
        const auto take = [&](ByteView frame) { return this->take(frame, channel.steady(), reading); };
        const Framing frames{.length = [this](ByteView so_far) { return length(so_far); }};
        auto heard = co_await pair(channel, frames, take);
        if (!heard && heard.error() != Refusal::link_lost) {
            for (const Bytes& command : start_commands) {
                co_await must(send(channel, command));
                co_await hear(channel, frames, take);
            }
            heard = co_await pair(channel, frames, take);
        }
        co_await must(heard);
        while (co_await hear(channel, frames, take, Duration::zero())) {
        }
        co_return Reply<void>{};
    }

    template <class Take>
    Task<Reply<void>> pair(Channel& channel, const Framing& frames, Take take)
    {
        const Instant until = channel.steady() + hear_limit;
        const auto fresh = [&](const std::optional<Instant>& at) { return at && channel.steady() - *at <= oldest; };
        while (!fresh(pack_at_) || !fresh(cells_at_))
            co_await must(hear(channel, frames, take, until - channel.steady()));
        co_return Reply<void>{};
    }

    /// Whether `so_far` begins with the address of the battery, as far as it goes.
    bool addressed(ByteView so_far) const
    {
        const std::size_t known = std::min(so_far.size(), address_.size());
        return std::equal(so_far.begin(), so_far.begin() + static_cast<std::ptrdiff_t>(known), address_.begin());
    }

    std::size_t length(ByteView so_far) const
    {
        if (addressed(so_far)) {
            if (so_far.size() <= address_size) return address_size + 1;
            if (const std::size_t size = size_of(so_far[address_size]); size != 0) return size - gap;
        }
        return std::max<std::size_t>(size_of(so_far[0]), 1);
    }

    Reply<void> take(ByteView frame, Instant now, Reading& reading)
    {
        if (frame.size() == 1) return refuse(Refusal::wrong_echo);  // noise
        if (!checksum::crc16_modbus_fits(frame)) return refuse(Refusal::bad_checksum);
        const bool with_address = addressed(frame);
        Bytes whole(with_address ? gap : 0);
        append(whole, frame);
        const bool cells = whole.size() == cells_size;
        const auto taken = bms::take(cells ? cells_layout : pack_layout, whole, reading);
        if (!taken) return taken;
        if (!cells) decode(with_address ? coarse_current : fine_current, whole, reading.telemetry);
        (cells ? cells_at_ : pack_at_) = now;
        return taken;
    }

    Bytes address_;
    std::optional<Instant> pack_at_, cells_at_;  // when they came, in this poll
};

class EcoworthyDevice final : public Device {
  public:
    explicit EcoworthyDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes&) override { return input.size(); }

    Bytes speak() override
    {
        Bytes both;
        for (const Kind kind : {Kind::pack, Kind::cells}) {
            Bytes frame = fill(kind == Kind::pack ? pack_layout : cells_layout, truth_);
            frame[0] = static_cast<std::uint8_t>(kind);
            if (kind == Kind::pack) encode(fine_current, frame, truth_.telemetry);
            frame.resize(frame.size() - sizeof(std::uint16_t));
            checksum::append_crc16_modbus(frame);
            append(both, frame);
        }
        return both;
    }

  private:
    Reading& truth_;
};

constexpr Gatt gatt[]{{.service = "fff0", .notify = "fff1", .write = "fff2"}};
constexpr Told delivers = Told{"current"}.add(pack_layout).add(cells_layout);

}  // namespace

extern const Entry ecoworthy_bms;
const Entry ecoworthy_bms{
    .name = "aiobmsble_ecoworthy_bms",
    .type = "ECO-WORTHY BW 02/0B",
    .sheet = "ble/ecoworthy",
    .brands = "ECO-WORTHY with the adapter BW02 or 0B, DCHOUSE",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Ecoworthy, ecoworthy_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<EcoworthyDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
};

}  // namespace bmsd::bms::ble
