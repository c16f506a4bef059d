#pragma once
// Which requests of a protocol a battery needs, whatever the framing. A protocol keeps its requests as rows:
//
//   struct Row : Request { std::uint8_t reg; std::span<const Field> fields; };
//   constexpr Row polled[]{{{"cell voltages"}, 0x04, {}}, {{"FET temperatures", Need::optional}, 0x09, fet_table}};
//   const auto ask = [&](const Row& row) { return take(channel, row, reading); };
//   co_await must(requests_.read(channel, polled, reading, ask));
//
// required  without it there is no battery: the first that fails ends the poll.
// optional  one that never answered leaves its fields absent. One that did is missed like a required one twice (that
//           poll is refused, so nothing old passes for fresh); from the third time in a row its fields are absent.
//           A battery that answers "no such thing" is believed at once. It is told once, asked again in the next poll
//           and then every minute.
// setting   the same, but read only until it came: afterwards it is not asked for again.
//
// Misses count only beside required requests that were answered: a silent battery has not lost its optional ones.
#include <algorithm>
#include <string_view>
#include <vector>

#include "bms/language/channel.h"
#include "bms/language/field.h"

namespace bmsd::bms {

enum class Need : std::uint8_t { required, optional, setting };

/// What every row has, whatever it adds: how it is asked, its tables.
struct Request {
    std::string_view name;  // as the log tells it
    Need need = Need::required;
    void (*forget)(Reading& reading) = nullptr;  // makes absent what it tells and no table names
};

/// Makes absent all a row tells: what its tables name (members fields, texts, bits, alarms, list, as far as it has
/// them), and its own forget().
template <class Row>
void forget(const Row& row, Reading& reading)
{
    if constexpr (requires { row.fields; }) decode(std::span<const Field>(row.fields), {}, reading.telemetry);
    if constexpr (requires { row.texts; }) decode(std::span<const TextField>(row.texts), {}, reading.identity);
    if constexpr (requires { row.bits; }) decode(std::span<const Bit>(row.bits), {}, reading.telemetry);
    if constexpr (requires { row.alarms; })
        decode(std::span<const AlarmWord>(row.alarms), {}, reading.telemetry.alarms);
    if constexpr (requires { row.forget; })
        if (row.forget != nullptr) row.forget(reading);
}

/// A protocol's memory of what its battery answers. Rows must outlive it: they are known by their address.
class Requests {
  public:
    /// Asks each row in turn with ask(row) -> Task<Reply<void>>, which also puts the reply into `reading`.
    template <class Row, class Ask>
    Task<Reply<void>> read(Channel& channel, std::span<const Row> rows, Reading& reading, Ask ask)
    {
        Reply<void> result;
        std::vector<std::size_t> missed;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const Row& row = rows[i];
            if (row.need != Need::required && !state_of(&row).due(row.need, channel.steady())) continue;
            const Reply<void> taken = co_await ask(row);
            if (taken) {
                state_of(&row).answered(row.name);
            } else if (row.need == Need::required) {
                co_return taken;
            } else {
                state_of(&row).why = taken.error();
                missed.push_back(i);
            }
        }
        for (const std::size_t i : missed) {
            State& state = state_of(&rows[i]);
            if (state.miss(rows[i].name, rows[i].need, channel.steady())) {
                bms::forget(rows[i], reading);
            } else if (result) {
                result = refuse(state.why);
            }
        }
        co_return result;
    }
    template <class Row, std::size_t Size, class Ask>
    Task<Reply<void>> read(Channel& channel, const Row (&rows)[Size], Reading& reading, Ask ask)
    {
        return read(channel, std::span<const Row>(rows), reading, std::move(ask));
    }
    /// One row outside of a list.
    template <class Row, class Ask>
    Task<Reply<void>> read_one(Channel& channel, const Row& row, Reading& reading, Ask ask)
    {
        return read(channel, std::span<const Row>(&row, 1), reading, std::move(ask));
    }

    /// Whether one of the rows would be asked now.
    template <class Row>
    bool any_due(std::span<const Row> rows, Instant now)
    {
        return std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
            return row.need == Need::required || state_of(&row).due(row.need, now);
        });
    }

    /// Whether `row` was answered when it was asked last; false before.
    template <class Row>
    bool answers(const Row& row) const
    {
        return std::any_of(states_.begin(), states_.end(),
                           [&](const State& state) { return state.row == &row && state.came && !state.absent; });
    }

  private:
    struct State {
        const void* row;
        int misses = 0;       // in a row
        bool came = false;    // answered at least once
        bool absent = false;  // given up for now
        Instant again{};      // when it is asked again
        Refusal why{};        // of the last miss

        bool due(Need need, Instant now) const;
        void answered(std::string_view name);
        /// Whether its fields are absent from now on.
        bool miss(std::string_view name, Need need, Instant now);
    };
    State& state_of(const void* row);

    std::vector<State> states_;
};

}  // namespace bmsd::bms
