#pragma once
// The frames of YD/T 1363, spoken by Pace, Seplos, Daren485 and KS48100: hexadecimal text from a start character to CR,
// two characters a byte, in both directions the same.
//
//   start | VER 1 | ADR 1 | CID1 1 | CID2 (request) or RTN (reply) 1 | LENGTH 2 | INFO | CHKSUM 2 | CR
//
// LENGTH: the low 12 bits count the characters of INFO, the top digit makes the sum of the four digits 0 modulo 16.
// CHKSUM: two's complement of the 16-bit sum of the characters from VER to the end of INFO.
#include <array>
#include <functional>
#include <map>
#include <set>

#include "bms/language/protocol.h"
#include "bms/language/requests.h"

namespace bmsd::bms::ascii {

/// How one type uses the family.
struct Dialect {
    std::uint8_t start;                  // first character of a request
    std::uint8_t version;                // VER, both ways
    std::string_view reply_starts;       // any of these begins a reply; the device side uses the first
    std::array<std::uint8_t, 2> groups;  // CID1 of its requests
    std::size_t longest_info = 160;      // bytes a reply may have; a LENGTH beyond is not believed
    bool group_repeated = true;          // the reply carries the CID1 of its request
    bool own_address_for_0 = false;      // a battery asked at address 0 may answer with its own address
};

struct Frame {
    std::uint8_t version = 0, address = 0;
    std::uint8_t group = 0;  // CID1
    std::uint8_t code = 0;   // CID2 or RTN
    Bytes info = {};         // decoded
};

/// RTN of a reply.
enum ReturnCode : std::uint8_t { good = 0x00, unknown_command = 0x04, wrong_data = 0x06 };

/// The whole text, upper case.
Bytes build(std::uint8_t start, const Frame& frame);

/// Where a text is in what came: from its start character to its CR, or to where LENGTH says it ends.
struct Extent {
    std::size_t begin, end;  // an end behind the stream = so many bytes are needed to tell more
};
/// Noise before a start character is skipped. No text has a second one, so what broke off before it is skipped, too.
/// A LENGTH of more than `longest_info` bytes is noise.
Extent find_text(ByteView stream, std::string_view starts, std::size_t longest_info);

/// Checks all that a frame tells about itself: start, end, characters, LENGTH and CHKSUM.
Reply<Frame> open(ByteView text, std::string_view starts);

/// A command of a device.
struct Service {
    std::uint8_t group, code;  // CID1, CID2
    std::size_t least = 0;     // bytes of INFO a reply needs
    Duration first = std::chrono::seconds(1);
};

/// What else the INFO of a reply must keep to, and who keeps what it tells.
using Check = std::function<Reply<void>(ByteView info)>;

class Host;

/// A request of the type `Self`, as Requests keeps them.
template <class Self>
struct Row : Request {
    Service service;
    Bytes (*info)(const Host& host);                             // of the request
    Reply<void> (Self::*take)(ByteView info, Reading& reading);  // checks INFO of the reply and keeps what it tells
    int tries = 1;                                               // before it counts as unanswered
};

/// The host's end of the line to one battery.
class Host {
  public:
    Host(const Dialect& dialect, std::uint8_t address) : argument(address), dialect_(dialect), address_(address) {}

    std::uint8_t address() const { return address_; }
    /// Another battery may stand at the address from now on.
    void forget() { answers_as_.reset(); }
    /// Asks up to `tries` times until a reply of this battery passes every check.
    template <class Self>
    Task<Reply<void>> ask(Channel& channel, const Row<Self>& row, Self& self, Reading& reading, int tries = 1)
    {
        const auto check = [self = &self, take = row.take, reading = &reading](ByteView info) {
            return (self->*take)(info, *reading);
        };
        return ask(channel, row.service, row.info(*this), check, tries);
    }
    Task<Reply<void>> ask(Channel& channel, Service service, Bytes info, Check check, int tries = 1);

    std::uint8_t argument;  // what INFO of some requests carries: the address, unless a board wants something else

  private:
    /// The addresses asked on one port, by VER: none of them answers for address 0.
    using Asked = std::map<std::uint8_t, std::set<std::uint8_t>>;
    Reply<void> take(ByteView text, const Service& service, const Check& check, const Asked& asked);
    bool is_mine(std::uint8_t answered, const Asked& asked) const;

    Dialect dialect_;
    std::uint8_t address_;
    std::optional<std::uint8_t> answers_as_;  // since forget()
};

/// The device's end: damaged requests and those to others stay unanswered.
class AsciiDevice : public Device {
  public:
    AsciiDevice(const Dialect& dialect, std::uint8_t address) : dialect_(dialect), address_(address) {}
    std::size_t receive(ByteView input, Bytes& reply) final;

  protected:
    /// INFO of a good reply, or the return code of a refusal.
    using Answer = std::expected<Bytes, ReturnCode>;
    virtual Answer answer(const Frame& request) = 0;
    std::uint8_t address() const { return address_; }

  private:
    void answer_text(ByteView text, Bytes& reply);

    Dialect dialect_;
    std::uint8_t address_;
};

}  // namespace bmsd::bms::ascii
