#pragma once
// Messages that wait for the broker: bounded; a newer state takes the place of an older one of its topic.
#include <algorithm>
#include <deque>
#include <optional>

#include "link/mqtt/client.h"

namespace bmsd::link::mqtt {

class Outbox {
  public:
    Outbox(std::size_t most, std::size_t most_bytes) : most_(most), most_bytes_(most_bytes) {}

    /// How many had to go without having been sent.
    std::size_t put(Outgoing message)
    {
        bytes_ += size(message);
        const auto same = [&](const Outgoing& one) { return one.state && one.topic == message.topic; };
        const auto known = message.state ? std::ranges::find_if(waiting_, same) : waiting_.end();
        if (known != waiting_.end()) {
            bytes_ -= size(*known);
            *known = std::move(message);
        } else {
            waiting_.push_back(std::move(message));
        }
        std::size_t dropped = 0;
        while (waiting_.size() > most_ || bytes_ > most_bytes_) {
            take();
            ++dropped;
        }
        return dropped;
    }
    bool empty() const { return waiting_.empty(); }
    Outgoing take()
    {
        Outgoing first = std::move(waiting_.front());
        waiting_.pop_front();
        bytes_ -= size(first);
        return first;
    }

  private:
    static std::size_t size(const Outgoing& message) { return message.topic.size() + message.payload.size(); }

    std::size_t most_, most_bytes_, bytes_ = 0;
    std::deque<Outgoing> waiting_;
};

}  // namespace bmsd::link::mqtt
