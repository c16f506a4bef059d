// What JK boards have in common; see jk.h.
#include "bms/types/jk.h"

#include <algorithm>

#include "util/checksum.h"

namespace bmsd::bms::jk {
namespace {

constexpr std::size_t type_at = 4;

}  // namespace

std::optional<std::size_t> find_payload(ByteView stream)
{
    const auto found = std::search(stream.begin(), stream.end(), payload_start.begin(), payload_start.end());
    if (found == stream.end()) return std::nullopt;
    return static_cast<std::size_t>(found - stream.begin());
}

Reply<void> check_payload(ByteView payload, Payload wanted)
{
    if (payload.size() < payload_size) return refuse(Refusal::cut_short);
    if (checksum::sum8(payload.first(checksum_at)) != payload[checksum_at]) return refuse(Refusal::bad_checksum);
    if (payload[type_at] != static_cast<std::uint8_t>(wanted)) return refuse(Refusal::wrong_echo);
    return {};
}

Bytes begin_payload()
{
    Bytes payload(payload_size);
    std::copy(payload_start.begin(), payload_start.end(), payload.begin());
    return payload;
}

void finish_payload(Bytes& payload, Payload type)
{
    payload[type_at] = static_cast<std::uint8_t>(type);
    payload[checksum_at] = checksum::sum8(ByteView(payload).first(checksum_at));
}

Number without_minus_zero(const Number& now, const Number& before)
{
    constexpr double minus_zero = 100, hot = 90;  // degC
    return now == minus_zero && before.value_or(0) < hot ? Number(0) : now;
}

void mark_balanced_cells(Telemetry& telemetry)
{
    const Cells& cells = telemetry.cell_voltages;
    telemetry.cell_balancing.assign(cells.size(), false);
    if (!telemetry.balancing.value_or(false)) return;
    std::optional<std::size_t> lowest, highest;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (!cells[i]) continue;
        if (!lowest || *cells[i] < *cells[*lowest]) lowest = i;
        if (!highest || *cells[i] > *cells[*highest]) highest = i;
    }
    for (const auto& cell : {lowest, highest})
        if (cell) telemetry.cell_balancing[*cell] = true;
}

void CellGaps::fill(Cells& now, const Cells& before)
{
    for (std::size_t i = 0; i < now.size(); ++i) {
        if (now[i]) {
            missed_[i] = 0;
        } else if (missed_[i] < longest && i < before.size() && before[i]) {
            ++missed_[i];
            now[i] = before[i];
        }
    }
}

}  // namespace bmsd::bms::jk
