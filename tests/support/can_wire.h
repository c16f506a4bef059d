#pragma once
// A CAN interface without a kernel, with what kernels were measured to do (tests/can/sockets.py): several sockets on it
// hear each other and not themselves; down, removed and full look as they do there.
#include <algorithm>
#include <deque>

#include "link/can/can_system.h"

namespace bmsd::test {

class CanWire {
  public:
    CanWire() { link.present = link.up = true; }

    /// One more socket on the interface; the wire outlives it.
    std::unique_ptr<link::CanSystem> socket() { return std::make_unique<Socket>(*this); }
    /// A frame of somebody who is no socket in here.
    void put(const CanFrame& frame)
    {
        heard.push_back(frame);
        for (Socket* socket : sockets_) socket->hear(frame);
    }
    void put(const link::CanTrouble& trouble)
    {
        for (Socket* socket : sockets_) socket->news_.push_back({{}, trouble});
    }
    void put_remote()
    {
        for (Socket* socket : sockets_) socket->news_.push_back({});
    }
    void set_up(bool up)
    {
        if (!up && link.up)
            for (Socket* socket : sockets_) socket->fault_ = link::CanResult::down;
        link.up = up;
    }
    void remove()
    {
        link = {};
        for (Socket* socket : sockets_) {
            socket->fault_ = link::CanResult::gone;
            socket->bound_ = false;
        }
    }
    void add() { link.present = link.up = true; }

    link::CanLink link;
    std::size_t room = 1U << 30;      // of the send queue; taken up by each frame that is sent
    bool may_change = true;           // the right to administer the network
    std::vector<unsigned> bit_rates;  // that were set
    std::vector<CanFrame> heard;      // all that travelled
    std::function<void(const CanFrame&)> on_frame;

  private:
    class Socket final : public link::CanSystem {
      public:
        explicit Socket(CanWire& wire) : wire_(wire) {}
        ~Socket() override { close(); }
        Result<void> open() override
        {
            if (!wire_.link.present) return Failure("no such interface");
            close();
            open_ = bound_ = true;
            wire_.sockets_.push_back(this);
            return {};
        }
        void close() override
        {
            open_ = bound_ = false;
            news_.clear();
            filters_.clear();
            fault_.reset();
            std::erase(wire_.sockets_, this);
        }
        bool is_open() const override { return open_; }
        link::CanResult read(std::vector<link::CanNews>& out) override
        {
            if (fault_) return *std::exchange(fault_, std::nullopt);  // told once
            constexpr std::size_t most = 32;
            std::size_t count = 0;
            for (; count < most && !news_.empty(); ++count) {
                out.push_back(news_.front());
                news_.pop_front();
            }
            return count == most ? link::CanResult::done : link::CanResult::nothing;
        }
        link::CanResult send(const CanFrame& frame) override
        {
            if (!bound_) return link::CanResult::gone;
            if (!wire_.link.up) return link::CanResult::down;
            if (wire_.room == 0) return link::CanResult::full;
            --wire_.room;
            wire_.heard.push_back(frame);
            for (Socket* other : wire_.sockets_)
                if (other != this) other->hear(frame);
            if (wire_.on_frame) wire_.on_frame(frame);
            return link::CanResult::done;
        }
        void filter(std::span<const bms::CanFilter> wanted) override { filters_.assign(wanted.begin(), wanted.end()); }
        link::CanLink look() const override { return wire_.link; }
        Result<void> set_up(unsigned bit_rate) override
        {
            if (!wire_.may_change) return Failure("Operation not permitted");
            wire_.set_up(true);
            if (bit_rate != 0) {
                wire_.link.bit_rate = bit_rate;
                wire_.bit_rates.push_back(bit_rate);
            }
            return {};
        }
        Result<void> set_down() override
        {
            if (!wire_.may_change) return Failure("Operation not permitted");
            wire_.set_up(false);
            return {};
        }

      private:
        friend class CanWire;
        void hear(const CanFrame& frame)
        {
            constexpr std::size_t most = 278;  // then the newest are lost
            const bool wanted = filters_.empty() || std::ranges::any_of(filters_, [&](const bms::CanFilter& one) {
                                    return one.matches(frame.id);
                                });
            if (wanted && news_.size() < most) news_.push_back({frame, {}});
        }
        CanWire& wire_;
        bool open_ = false, bound_ = false;
        std::deque<link::CanNews> news_;
        std::optional<link::CanResult> fault_;
        std::vector<bms::CanFilter> filters_;
    };

    std::vector<Socket*> sockets_;
};

}  // namespace bmsd::test
