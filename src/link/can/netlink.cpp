#include "link/can/netlink.h"

#include <linux/can/netlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "link/serial.h"

namespace bmsd::link {
namespace {

constexpr std::size_t longest_answer = 16384;
constexpr std::uint32_t restart_after_ms = 100;

/// A request with its attributes, as it goes to the kernel.
class Message {
  public:
    Message(std::uint16_t type, int index)
    {
        header()->nlmsg_type = type;
        header()->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
        header()->nlmsg_len = NLMSG_LENGTH(sizeof(ifinfomsg));
        info()->ifi_family = AF_UNSPEC;
        info()->ifi_index = index;
    }
    ifinfomsg* info() { return static_cast<ifinfomsg*>(NLMSG_DATA(header())); }
    void add(std::uint16_t type, const void* data, std::size_t size)
    {
        rtattr* attribute = end();
        attribute->rta_type = type;
        attribute->rta_len = static_cast<std::uint16_t>(RTA_LENGTH(size));
        if (size > 0) std::memcpy(RTA_DATA(attribute), data, size);
        header()->nlmsg_len = NLMSG_ALIGN(header()->nlmsg_len) + RTA_ALIGN(attribute->rta_len);
    }
    rtattr* open(std::uint16_t type)
    {
        rtattr* nest = end();
        add(type, nullptr, 0);
        return nest;
    }
    void close(rtattr* nest)
    {
        nest->rta_len = static_cast<std::uint16_t>(reinterpret_cast<char*>(end()) - reinterpret_cast<char*>(nest));
    }
    ByteView bytes() const { return {buffer_.data(), header()->nlmsg_len}; }

  private:
    nlmsghdr* header() { return reinterpret_cast<nlmsghdr*>(buffer_.data()); }
    const nlmsghdr* header() const { return reinterpret_cast<const nlmsghdr*>(buffer_.data()); }
    rtattr* end() { return reinterpret_cast<rtattr*>(buffer_.data() + NLMSG_ALIGN(header()->nlmsg_len)); }

    alignas(nlmsghdr) std::array<std::uint8_t, 512> buffer_{};  // more than any request in here
};

/// Sends and hands each message of the answer to `take`. 0, or the kernel's errno.
template <class Take>
int talk(const Message& message, Take take)
{
    const Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    const ByteView bytes = message.bytes();
    if (!fd || ::send(fd.get(), bytes.data(), bytes.size(), 0) < 0) return errno;
    alignas(nlmsghdr) std::array<std::uint8_t, longest_answer> buffer;
    for (;;) {
        const ssize_t size = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
        if (size < 0) return errno == EAGAIN ? 0 : errno;
        auto left = static_cast<std::uint32_t>(size);
        for (auto* one = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(one, left); one = NLMSG_NEXT(one, left)) {
            if (one->nlmsg_type == NLMSG_ERROR) return -static_cast<const nlmsgerr*>(NLMSG_DATA(one))->error;
            take(one);
        }
    }
}

template <class Take>
void each(const rtattr* first, std::size_t size, Take take)
{
    auto left = static_cast<int>(size);
    for (const rtattr* one = first; RTA_OK(one, left); one = RTA_NEXT(one, left))
        take(one->rta_type & NLA_TYPE_MASK, static_cast<const std::uint8_t*>(RTA_DATA(one)), RTA_PAYLOAD(one));
}

template <class T>
bool copy(T& out, const std::uint8_t* data, std::size_t size)
{
    if (size < sizeof out) return false;
    std::memcpy(&out, data, sizeof out);
    return true;
}

void take_controller(std::uint16_t type, const std::uint8_t* data, std::size_t size, CanLink& link)
{
    std::uint32_t number = 0;
    can_bittiming timing{};
    can_berr_counter errors{};
    link.controller = true;
    if (type == IFLA_CAN_BITTIMING && copy(timing, data, size)) link.bit_rate = timing.bitrate;
    if (type == IFLA_CAN_RESTART_MS && copy(number, data, size)) link.restart_after = number;
    if (type == IFLA_CAN_STATE && copy(number, data, size) && number <= CAN_STATE_BUS_OFF)
        link.health = static_cast<CanHealth>(number);
    if (type == IFLA_CAN_BERR_COUNTER && copy(errors, data, size)) {
        link.send_errors = errors.txerr;
        link.receive_errors = errors.rxerr;
    }
}

void take_link(const nlmsghdr* message, CanLink& link)
{
    if (message->nlmsg_type != RTM_NEWLINK || message->nlmsg_len < NLMSG_LENGTH(sizeof(ifinfomsg))) return;
    const auto* info = static_cast<const ifinfomsg*>(NLMSG_DATA(message));
    link.present = true;
    link.up = (info->ifi_flags & IFF_UP) != 0;
    const auto nest = [](const std::uint8_t* data) { return reinterpret_cast<const rtattr*>(data); };
    each(IFLA_RTA(info), IFLA_PAYLOAD(message), [&](std::uint16_t type, const std::uint8_t* data, std::size_t size) {
        if (type != IFLA_LINKINFO) return;
        bool can = false;  // the kind comes before its data
        each(nest(data), size, [&](std::uint16_t part, const std::uint8_t* inner, std::size_t length) {
            if (part == IFLA_INFO_KIND)
                can = std::string_view(reinterpret_cast<const char*>(inner), length).starts_with("can");
            if (part != IFLA_INFO_DATA || !can) return;
            each(nest(inner), length, [&](std::uint16_t field, const std::uint8_t* value, std::size_t bytes) {
                take_controller(field, value, bytes, link);
            });
        });
    });
}

Result<void> change(const std::string& interface, bool up, unsigned bit_rate)
{
    const auto index = static_cast<int>(::if_nametoindex(interface.c_str()));
    if (index == 0) return Failure(interface + ": no such interface");
    Message message(RTM_NEWLINK, index);
    message.info()->ifi_change = IFF_UP;
    message.info()->ifi_flags = up ? IFF_UP : 0;
    if (bit_rate != 0) {
        can_bittiming timing{};
        timing.bitrate = bit_rate;
        rtattr* info = message.open(IFLA_LINKINFO);
        message.add(IFLA_INFO_KIND, "can", 3);
        rtattr* data = message.open(IFLA_INFO_DATA);
        message.add(IFLA_CAN_BITTIMING, &timing, sizeof timing);
        message.add(IFLA_CAN_RESTART_MS, &restart_after_ms, sizeof restart_after_ms);
        message.close(data);
        message.close(info);
    }
    const int error = talk(message, [](const nlmsghdr*) {});
    if (error == 0) return {};
    return Failure(interface + ": " + std::strerror(error));
}

}  // namespace

CanLink look_at_link(const std::string& interface)
{
    CanLink link;
    const auto index = static_cast<int>(::if_nametoindex(interface.c_str()));
    if (index == 0) return link;
    talk(Message(RTM_GETLINK, index), [&](const nlmsghdr* message) { take_link(message, link); });
    return link;
}

Result<void> set_link_up(const std::string& interface, unsigned bit_rate)
{
    return change(interface, true, bit_rate);
}

Result<void> set_link_down(const std::string& interface)
{
    return change(interface, false, 0);
}

}  // namespace bmsd::link
