#pragma once
// One battery of the ASCII frame family at the other end of a channel, with a hand inside its replies.
#include "bms/language/ascii_frame.h"
#include "support/random_reading.h"
#include "support/rig.h"

namespace bmsd::test {

class AsciiRig : public Rig {
  public:
    explicit AsciiRig(std::string_view type, std::size_t cells = 16, std::optional<std::uint8_t> address = {})
        : AsciiRig(*bms::find(type), cells, address)
    {
    }

    /// From now on `hand` changes the INFO of replies to requests with this CID2; with no hand they get no reply.
    using Hand = std::function<void(Bytes& info)>;
    void on(std::uint8_t code, Hand hand) { hands_[code] = std::move(hand); }
    /// Requests with this CID2 (and module of service B0) are heard or not.
    void silence(std::uint8_t code, std::optional<std::uint8_t> module = {}) { silent_.push_back({code, module}); }
    void speak() { silent_.clear(), failing_.clear(), hands_.clear(); }
    /// Replies to requests with this CID2 carry the return code.
    void fail(std::uint8_t code, std::uint8_t return_code) { failing_[code] = return_code; }

    /// Requests sent with this CID2.
    std::vector<bms::ascii::Frame> asked(std::uint8_t code) const
    {
        std::vector<bms::ascii::Frame> frames;
        for (const Bytes& request : channel.requests) {
            const auto frame = bms::ascii::open(request, "~>");
            if (frame && frame->code == code) frames.push_back(*frame);
        }
        return frames;
    }
    void forget_requests() { channel.requests.clear(); }

  private:
    AsciiRig(const bms::Entry& entry, std::size_t cells, std::optional<std::uint8_t> address)
        : Rig(entry, random(cells), {entry.lines.front().baud, address.value_or(entry.lines.front().address)})
    {
        channel.damage = [this](std::size_t, ByteView request, Bytes& reply) { change(request, reply); };
    }
    static Reading random(std::size_t cells)
    {
        std::mt19937_64 random(7);
        return random_reading(random, cells);
    }
    void change(ByteView request, Bytes& reply)
    {
        const auto asked = bms::ascii::open(request, "~>");
        auto told = bms::ascii::open(reply, "~>");
        if (!asked || !told) return;
        const auto is_silent = [&](const auto& one) {
            return one.first == asked->code && (!one.second || asked->info.at(2) == *one.second);
        };
        if (std::any_of(silent_.begin(), silent_.end(), is_silent)) {
            reply.clear();
            return;
        }
        if (const auto code = failing_.find(asked->code); code != failing_.end()) {
            told->code = code->second;
            told->info.clear();
        }
        const auto hand = hands_.find(asked->code);
        if (hand != hands_.end() && !hand->second) {
            reply.clear();
            return;
        }
        if (hand != hands_.end()) hand->second(told->info);
        reply = bms::ascii::build(reply.front(), *told);
    }

    std::vector<std::pair<std::uint8_t, std::optional<std::uint8_t>>> silent_;
    std::map<std::uint8_t, Hand> hands_;
    std::map<std::uint8_t, std::uint8_t> failing_;
};

}  // namespace bmsd::test
