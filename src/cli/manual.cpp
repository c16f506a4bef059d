#include "cli/manual.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

namespace bmsd::cli {
namespace {

constexpr const char* head = R"(.\" made by `bmsd manual`
.TH BMSD 1 "" "bmsd" "User Commands"
.SH NAME
bmsd \- reads battery management systems and tells the power system what they allow
.SH SYNOPSIS
.B bmsd
.I COMMAND
.RI [ OPTION ...]
.SH DESCRIPTION
.B bmsd
reads every battery management system (BMS) of a site over its serial ports, decides how the batteries may be charged
and discharged (CVL, CCL, DCL), and publishes them on D\-Bus as Venus OS expects. One process serves all batteries.
.SH COMMANDS
)";

constexpr const char* tail = R"(.SH EXIT STATUS
Each command says its own. All: 0 done, 1 not done (the reason is on standard error), 2 wrong command line.
.SH SIGNALS OF THE DAEMON
.TP
.B SIGHUP
read the configuration again; one with errors is refused and the old stays in force
.TP
.BR SIGINT ", " SIGTERM
release all batteries and end
.SH FILES
.TP
.I /data/bmsd/config.ini, /etc/bmsd/config.ini
the configuration, on Venus OS and elsewhere; \fBbmsd config default\fR prints one with every key
.TP
.I /data/bmsd/state, $STATE_DIRECTORY, /var/lib/bmsd, ~/.local/state/bmsd
the state folder: on Venus OS, of a systemd service, of root, of another user
.TP
.I STATE\-DIR/batteries.json
device instances, names and saved values, where there is no settings service
.TP
.I STATE\-DIR/bms_detection_cache.json
which type answered last on which port
.TP
.I STATE\-DIR/in\-force.ini
what differs from the defaults now, without secrets: by it \fBreload\fR names what has changed
.TP
.I STATE\-DIR/capture/
raw captures, with BMS_CAPTURE_RAW_DATA
.SH ENVIRONMENT
.TP
.B DBUS_SESSION_BUS_ADDRESS
the bus to use; without it the system bus. Commands that read a bus and find none named there take the one of the
daemon that runs.
.TP
.B NO_COLOR
\fBwatch\fR without colours; with TERM=dumb also without a screen of its own
)";

/// As man(7) shows it unchanged.
std::string plain(std::string_view text)
{
    std::string out;
    bool line_begins = true;
    for (const char c : text) {
        if (line_begins && (c == '.' || c == '\'')) out += "\\&";
        out += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
        line_begins = c == '\n';
    }
    return out;
}

std::string value_of(const CLI::Option& option)
{
    if (option.get_type_size() == 0) return {};
    const std::string type = option.get_type_name();
    return type.substr(0, type.find(':'));
}

/// "PORT", "[PORT ...]", "[FILE]"
std::string positional(const CLI::Option& option)
{
    const std::string many = option.get_expected_max() > 1 ? " ..." : "";
    const std::string text = value_of(option) + many;
    return option.get_required() ? text : "[" + text + "]";
}

void add_command(const CLI::App& command, const std::string& name, std::string& text)
{
    std::string synopsis, options;
    for (const CLI::Option* option : command.get_options()) {
        if (option->get_lnames().empty()) {
            synopsis += " " + positional(*option);
            continue;
        }
        if (option->get_lnames().front() == "help") continue;
        const std::string value = value_of(*option), initial = option->get_default_str();
        const bool tells = !initial.empty() && initial != "\"\"" && initial != "[]";
        options += fmt::format(".TP\n.B {}{}\n{}{}\n", plain("--" + option->get_lnames().front()),
                               value.empty() ? "" : " \\fI" + plain(value) + "\\fR", plain(option->get_description()),
                               tells ? plain(fmt::format(" (default: {})", initial)) : "");
    }
    const auto below = command.get_subcommands([](const CLI::App*) { return true; });
    if (!below.empty()) synopsis = " COMMAND";
    text += fmt::format(".SS {}{}\n{}.\n", plain(name), plain(synopsis), plain(command.get_description()));
    text += options;
    if (const auto footer = command.get_footer(); !footer.empty())
        text += fmt::format(".PP\n.nf\n{}\n.fi\n", plain(footer));
    for (const CLI::App* one : below) add_command(*one, name + " " + one->get_name(), text);
}

}  // namespace

std::string manual(const CLI::App& app)
{
    std::string text = head;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        add_command(*command, command->get_name(), text);
    return text + tail;
}

}  // namespace bmsd::cli
