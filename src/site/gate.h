#pragma once
// What may be asked: every wish of a user goes through here, whoever passes it on. Checked once: the rights of the
// origin, what the battery can do, whether the value makes sense. One log line for each, an Outcome to the asker.
#include <map>
#include <string>
#include <variant>

#include "site/board.h"
#include "util/result.h"

namespace bmsd::site {

enum class Origin : std::uint8_t { dbus, command_line, mqtt, web };
inline constexpr std::size_t origin_count = 4;

/// Zeroes a group of the history: 1 to 7, core/dbus.md 5.3.
struct ClearHistory {
    int group;
};
/// The user's name for the battery; empty: the default one.
struct Rename {
    std::string name;  // at most longest_name bytes
};

/// What became of something that was asked for.
struct Outcome {
    bool done = false;
    std::string reason;  // why not
};
using Told = std::function<void(const Outcome& outcome)>;

/// Of a bank: its batteries that are gone belong to it no more.
struct ForgetOffline {};

using Wish = std::variant<Command, ClearHistory, Rename, ForgetOffline>;

/// What an origin may ask for.
struct Rights {
    bool switches = false, soc = false, history = false, name = false;
};

struct Request {
    BatteryId battery;
    Origin origin;
    Wish wish;
};

/// Who carries out what is asked of one battery; the Gate has checked it.
class Servant {
  public:
    virtual ~Servant() = default;
    /// Refused with a reason, or taken; then `told` is called once, now or later.
    virtual Result<void> carry_out(const Wish& wish, Told told) = 0;
};

class Gate {
  public:
    /// D-Bus and command line may ask for everything, the others for nothing. The Board outlives the Gate.
    explicit Gate(const Board& board);
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    void grant(Origin origin, Rights rights);
    /// From now on `servant` answers for the battery; it outlives that. Null: nobody does.
    void serve(BatteryId battery, Servant* servant);
    /// Refused with a reason (`told` is not called), or taken: `told` is called once, now or later, with what became
    /// of it.
    Result<void> ask(const Request& request, Told told = {});

  private:
    Result<void> check(const Request& request, const Who& who) const;

    const Board& board_;
    std::array<Rights, origin_count> rights_{};
    std::map<BatteryId, Servant*> servants_;
};

}  // namespace bmsd::site
