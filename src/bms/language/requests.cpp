#include "bms/language/requests.h"

#include "util/log.h"

namespace bmsd::bms {
namespace {

constexpr int misses_forgiven = 2;
constexpr Duration ask_again_every = std::chrono::seconds(60);

}  // namespace

bool Requests::State::due(Need need, Instant now) const
{
    if (absent) return now >= again;
    return need != Need::setting || !came;
}

void Requests::State::answered(std::string_view name)
{
    if (absent) log::info("{}: answered now", name);
    came = true;
    absent = false;
    misses = 0;
}

bool Requests::State::miss(std::string_view name, Need need, Instant now)
{
    ++misses;
    const bool may_be_lost = why != Refusal::device_error && misses <= misses_forgiven;
    if (need == Need::optional && came && !absent && may_be_lost) return false;
    again = absent ? now + ask_again_every : now;
    if (!absent)
        log::warning("{}: not answered ({}), what it tells stays absent; asked again every minute", name, text(why));
    absent = true;
    return true;
}

Requests::State& Requests::state_of(const void* row)
{
    const auto known = std::find_if(states_.begin(), states_.end(), [&](const State& s) { return s.row == row; });
    return known != states_.end() ? *known : states_.emplace_back(State{.row = row});
}

}  // namespace bmsd::bms
