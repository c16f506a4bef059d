#include "site/gate.h"

#include <fmt/format.h>

#include <algorithm>

#include "util/log.h"

namespace bmsd::site {
namespace {

constexpr std::array<std::string_view, origin_count> origins{"D-Bus", "the command line", "MQTT", "the web page"};

struct Text {
    std::string operator()(const Command& command) const
    {
        return fmt::format("{} = {}", bmsd::name(command.kind), command.value);
    }
    std::string operator()(const ClearHistory& clear) const { return fmt::format("clear history {}", clear.group); }
    std::string operator()(const Rename& rename) const { return fmt::format("name \"{}\"", rename.name); }
    std::string operator()(const ForgetOffline&) const { return "forget the batteries that are gone"; }
};

struct Granted {
    const Rights& rights;
    bool operator()(const Command& command) const
    {
        return command.kind == Command::Kind::set_soc ? rights.soc : rights.switches;
    }
    bool operator()(const ClearHistory&) const { return rights.history; }
    bool operator()(const Rename&) const { return rights.name; }
    bool operator()(const ForgetOffline&) const { return rights.switches; }
};

struct Sensible {
    const Who& who;
    Result<void> operator()(const Command& command) const
    {
        const bool soc = command.kind == Command::Kind::set_soc;
        if (!soc && !who.commands.has(command.kind)) return Failure("the battery has no such control");
        const bool fits = soc ? command.value >= 0 && command.value <= 100 : command.value == 0 || command.value == 1;
        if (!fits) return Failure(fmt::format("{} cannot be {}", bmsd::name(command.kind), command.value));
        return {};
    }
    Result<void> operator()(const ClearHistory& clear) const
    {
        if (who.bank) return Failure("a bank has no history of its own");
        if (clear.group < 1 || clear.group > 7) return Failure("there is no such group");
        return {};
    }
    Result<void> operator()(const Rename& rename) const
    {
        if (rename.name.size() > longest_name) return Failure(fmt::format("a name has at most {} bytes", longest_name));
        const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
        if (std::ranges::any_of(rename.name, control)) return Failure("a name holds no control characters");
        return {};
    }
    Result<void> operator()(const ForgetOffline&) const
    {
        if (!who.bank) return Failure("it is no bank");
        return {};
    }
};

/// What is written to the log of a name somebody asked for is never longer than a name may be.
std::string shown(const Wish& wish)
{
    const auto* rename = std::get_if<Rename>(&wish);
    if (rename != nullptr && !Sensible{Who{}}(*rename)) return "a name";
    return std::visit(Text{}, wish);
}

}  // namespace

Gate::Gate(const Board& board) : board_(board)
{
    constexpr Rights all{true, true, true, true};
    grant(Origin::dbus, all);
    grant(Origin::command_line, all);
}

void Gate::grant(Origin origin, Rights rights)
{
    rights_[static_cast<std::size_t>(origin)] = rights;
}

void Gate::serve(BatteryId battery, Servant* servant)
{
    if (servant == nullptr)
        servants_.erase(battery);
    else
        servants_[battery] = servant;
}

Result<void> Gate::check(const Request& request, const Who& who) const
{
    const auto origin = static_cast<std::size_t>(request.origin);
    if (!std::visit(Granted{rights_[origin]}, request.wish))
        return Failure(fmt::format("not allowed by way of {}", origins[origin]));
    return std::visit(Sensible{who}, request.wish);
}

Result<void> Gate::ask(const Request& request, Told told)
{
    const WhoPtr who = board_.who(request.battery);
    const auto servant = servants_.find(request.battery);
    if (!who || servant == servants_.end()) return Failure("there is no such battery");
    const std::string text = fmt::format("{}: {} by way of {}", who->name, shown(request.wish),
                                         origins[static_cast<std::size_t>(request.origin)]);
    Result<void> taken = check(request, *who);
    if (taken) {
        taken = servant->second->carry_out(request.wish, [text, told = std::move(told)](const Outcome& outcome) {
            if (outcome.done)
                log::info("{}: done", text);
            else
                log::warning("{}: refused: {}", text, outcome.reason);
            if (told) told(outcome);
        });
    }
    if (!taken) log::warning("{}: refused: {}", text, taken.error());
    return taken;
}

}  // namespace bmsd::site
