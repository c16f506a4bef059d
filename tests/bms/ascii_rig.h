#pragma once
// One battery of the ASCII frame family at the other end of a channel, with a hand inside its replies.
#include "bms/ascii_frame.h"
#include "bms/catalogue.h"
#include "config/schema.h"
#include "support/channels.h"
#include "support/random_reading.h"

namespace bmsd::test {

class AsciiRig {
  public:
    explicit AsciiRig(std::string_view type, std::size_t cells = 16, std::uint8_t address = 0xFF)
        : entry_(*bms::find(type)), line_(entry_.lines.front())
    {
        if (address != 0xFF) line_.address = address;
        std::mt19937_64 random(7);
        truth = random_reading(random, cells);
        device_ = entry_.device(truth, line_);
        channel_.emplace(*device_);
        protocol_ = entry_.make({config, line_.address, line_.baud});
        channel_->damage = [this](std::size_t, ByteView request, Bytes& reply) { change(request, reply); };
    }

    bms::Reply<void> identify() { return run(protocol_->identify(*channel_, reading)); }
    bms::Reply<void> poll() { return run(protocol_->poll(*channel_, reading)); }

    /// From now on `hand` changes the INFO of replies to requests with this CID2; with no hand they get no reply.
    using Hand = std::function<void(Bytes& info)>;
    void on(std::uint8_t code, Hand hand) { hands_[code] = std::move(hand); }
    /// Replies to requests with this CID2 carry the return code.
    void fail(std::uint8_t code, std::uint8_t return_code) { failing_[code] = return_code; }

    /// Requests sent with this CID2.
    std::vector<bms::ascii::Frame> asked(std::uint8_t code) const
    {
        std::vector<bms::ascii::Frame> frames;
        for (const Bytes& request : channel_->requests) {
            const auto frame = bms::ascii::open(request, "~>");
            if (frame && frame->code == code) frames.push_back(*frame);
        }
        return frames;
    }
    void forget_requests() { channel_->requests.clear(); }

    config::Config config = config::defaults();
    Reading truth, reading;

  private:
    void change(ByteView request, Bytes& reply)
    {
        const auto asked = bms::ascii::open(request, "~>");
        auto told = bms::ascii::open(reply, "~>");
        if (!asked || !told) return;
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

    const bms::Entry& entry_;
    bms::Line line_;
    std::unique_ptr<bms::Device> device_;
    std::optional<DeviceChannel> channel_;
    std::unique_ptr<bms::Protocol> protocol_;
    std::map<std::uint8_t, Hand> hands_;
    std::map<std::uint8_t, std::uint8_t> failing_;
};

}  // namespace bmsd::test
