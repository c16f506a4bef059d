#pragma once
// Commands that wait for the BMS: of each kind the newest, which is what the user wants now. A flood of wishes grows
// nothing. Source: core/charge-control.md section 15, number 15.
#include <algorithm>
#include <optional>
#include <vector>

#include "model/command.h"

namespace bmsd::battery {

class Pending {
  public:
    void put(Command command)
    {
        const auto same = std::ranges::find(waiting_, command.kind, &Command::kind);
        if (same != waiting_.end())
            *same = command;  // it keeps its turn
        else
            waiting_.push_back(command);
    }
    /// The one that waits longest; it waits no more.
    std::optional<Command> take()
    {
        if (waiting_.empty()) return std::nullopt;
        const Command first = waiting_.front();
        waiting_.erase(waiting_.begin());
        return first;
    }
    std::size_t size() const { return waiting_.size(); }

  private:
    std::vector<Command> waiting_;  // at most one of a kind
};

}  // namespace bmsd::battery
