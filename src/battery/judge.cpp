#include "battery/judge.h"

#include "bms/language/identity.h"
#include "link/port.h"
#include "model/plausible.h"
#include "util/log.h"

namespace bmsd::battery {
namespace {

constexpr auto count_believed_after = std::chrono::seconds(60);

bool differ(const Text& a, const Text& b)
{
    return a && b && !a->empty() && !b->empty() && *a != *b;
}

}  // namespace

bool same_pack(const Reading& known, const Reading& seen)
{
    const Identity &a = known.identity, &b = seen.identity;
    return !differ(a.type, b.type) && !differ(a.unique_id, b.unique_id) && !differ(a.serial_number, b.serial_number);
}

bms::Reply<void> Judge::refuse()
{
    link::count(battery_.link(), bms::Refusal::implausible);
    return bms::refuse(bms::Refusal::implausible);
}

bms::Reply<void> Judge::stranger(Reading seen)
{
    const auto& facts = battery_.facts();
    if (!stranger_) {  // a text may have been cut short once
        log::warning("{}: something else answers on {}, its values are not used", facts.id, facts.port);
    } else if (same_pack(*stranger_, seen)) {
        log::warning("{}: another battery is on {} now", facts.id, facts.port);
        replaced_ = true;
    }
    stranger_ = std::move(seen);
    return refuse();
}

/// The number of cells is known; a reply with another one is damaged until it has been the same for a minute.
bms::Reply<void> Judge::look(const Reading& next)
{
    const Instant now = battery_.steady();
    if (!bms::plausible(next.telemetry)) return refuse();  // RA10
    const Count& known = battery_.reading().telemetry.cell_count;
    const Count& seen = next.telemetry.cell_count;
    if (!known || !seen || *known == *seen) {
        other_count_.reset();
        return {};
    }
    if (other_count_ != seen) {
        other_count_ = seen;
        other_count_since_ = now;
        if (!std::exchange(count_told_, true))
            log::warning("{}: says {} cells instead of {}, the reply is not used", battery_.facts().id, *seen, *known);
    }
    if (now - other_count_since_ >= count_believed_after && !replaced_) {
        log::warning("{}: has {} cells now, it starts anew", battery_.facts().id, *seen);
        replaced_ = true;
    }
    return refuse();
}

void Judge::sift(Telemetry& telemetry)
{
    const std::uint32_t now = bmsd::sift(telemetry);
    for (unsigned bit = 0; bit < 32; ++bit) {
        if ((now >> bit & 1) == 0) continue;
        link::count(battery_.link(), bms::Refusal::implausible);
        if ((sifted_ >> bit & 1) == 0) log::warning("{}: {}, left out", battery_.facts().id, sifted_text(bit));
    }
    sifted_ = now;
}

}  // namespace bmsd::battery
