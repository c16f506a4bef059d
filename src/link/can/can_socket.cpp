// SocketCAN: the kernel's own interface and no library.
#include <linux/can.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "link/can/can_system.h"
#include "link/can/netlink.h"
#include "link/serial.h"

namespace bmsd::link {
namespace {

constexpr std::size_t batch = 32;        // frames a system call
constexpr int receive_buffer = 1 << 20;  // bytes: a second of a full bus; by default the newest frames are lost sooner

CanResult result_of(int error)
{
    switch (error) {
        case EAGAIN:
            return CanResult::nothing;
        case ENOBUFS:
            return CanResult::full;
        case ENETDOWN:
            return CanResult::down;
        case ENODEV:
        case ENXIO:
        case EBADF:
            return CanResult::gone;
        default:
            return CanResult::refused;
    }
}

CanTrouble trouble_of(const can_frame& frame)
{
    CanTrouble trouble;
    const auto controller = (frame.can_id & CAN_ERR_CRTL) != 0 ? frame.data[1] : 0U;
    if ((controller & CAN_ERR_CRTL_ACTIVE) != 0) trouble.health = CanHealth::active;
    if ((controller & (CAN_ERR_CRTL_RX_WARNING | CAN_ERR_CRTL_TX_WARNING)) != 0) trouble.health = CanHealth::warning;
    if ((controller & (CAN_ERR_CRTL_RX_PASSIVE | CAN_ERR_CRTL_TX_PASSIVE)) != 0) trouble.health = CanHealth::passive;
    if ((frame.can_id & CAN_ERR_BUSOFF) != 0) trouble.health = CanHealth::bus_off;
    trouble.restarted = (frame.can_id & CAN_ERR_RESTARTED) != 0;
    trouble.nobody_listens = (frame.can_id & CAN_ERR_ACK) != 0;
    trouble.overflow = (controller & CAN_ERR_CRTL_RX_OVERFLOW) != 0;
    return trouble;
}

CanNews news_of(const can_frame& frame)
{
    if ((frame.can_id & CAN_ERR_FLAG) != 0) return {{}, trouble_of(frame)};
    if ((frame.can_id & CAN_RTR_FLAG) != 0) return {};
    const bool extended = (frame.can_id & CAN_EFF_FLAG) != 0;
    CanFrame out{{frame.can_id & (extended ? CAN_EFF_MASK : CAN_SFF_MASK), extended}, 0, {}};
    out.size = std::min<std::uint8_t>(frame.can_dlc, CAN_MAX_DLEN);
    std::memcpy(out.data.data(), frame.data, out.size);
    return {out, {}};
}

class CanSocket final : public CanSystem {
  public:
    explicit CanSocket(std::string interface) : interface_(std::move(interface)) {}

    Result<void> open() override
    {
        Fd fd(::socket(AF_CAN, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, CAN_RAW));
        if (!fd) return Failure(std::string("this kernel has no CAN: ") + std::strerror(errno));
        const can_err_mask_t errors = CAN_ERR_MASK;
        ::setsockopt(fd.get(), SOL_CAN_RAW, CAN_RAW_ERR_FILTER, &errors, sizeof errors);
        if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer) != 0)
            ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
        sockaddr_can address{};
        address.can_family = AF_CAN;
        address.can_ifindex = static_cast<int>(::if_nametoindex(interface_.c_str()));
        if (address.can_ifindex == 0) return Failure(interface_ + ": no such interface");  // 0 would mean all
        if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            return Failure(interface_ + ": " + std::strerror(errno));
        fd_ = std::move(fd);
        return {};
    }

    void close() override { fd_.reset(); }
    bool is_open() const override { return static_cast<bool>(fd_); }

    CanResult read(std::vector<CanNews>& out) override
    {
        std::array<can_frame, batch> frames;
        std::array<iovec, batch> places;
        std::array<mmsghdr, batch> messages{};
        for (std::size_t i = 0; i < batch; ++i) {
            places[i] = {&frames[i], sizeof frames[i]};
            messages[i].msg_hdr.msg_iov = &places[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        const int count = ::recvmmsg(fd_.get(), messages.data(), batch, MSG_DONTWAIT, nullptr);
        if (count < 0) return result_of(errno);
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i)
            if (messages[i].msg_len >= sizeof(can_frame)) out.push_back(news_of(frames[i]));
        return static_cast<std::size_t>(count) < batch ? CanResult::nothing : CanResult::done;
    }

    CanResult send(const CanFrame& frame) override
    {
        can_frame out{};
        out.can_id = frame.id.value | (frame.id.extended ? CAN_EFF_FLAG : 0);
        out.can_dlc = frame.size;
        std::memcpy(out.data, frame.data.data(), frame.size);
        if (::send(fd_.get(), &out, sizeof out, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof out) return CanResult::done;
        return errno == EAGAIN ? CanResult::full : result_of(errno);
    }

    void filter(std::span<const bms::CanFilter> wanted) override
    {
        std::vector<can_filter> filters;
        for (const bms::CanFilter& one : wanted)
            filters.push_back({one.id.value | (one.id.extended ? CAN_EFF_FLAG : 0),
                               one.mask | static_cast<canid_t>(CAN_EFF_FLAG | CAN_RTR_FLAG)});
        if (filters.empty()) filters.push_back({0, 0});
        ::setsockopt(fd_.get(), SOL_CAN_RAW, CAN_RAW_FILTER, filters.data(),
                     static_cast<socklen_t>(filters.size() * sizeof(can_filter)));
    }

    CanLink look() const override { return look_at_link(interface_); }
    Result<void> set_up(unsigned bit_rate) override { return set_link_up(interface_, bit_rate); }
    Result<void> set_down() override { return set_link_down(interface_); }

  private:
    std::string interface_;
    Fd fd_;
};

}  // namespace

std::unique_ptr<CanSystem> system_can(const std::string& interface)
{
    return std::make_unique<CanSocket>(interface);
}

}  // namespace bmsd::link
