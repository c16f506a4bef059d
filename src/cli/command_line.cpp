#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/manual.h"
#include "util/version.h"

namespace bmsd::cli {
namespace {

int print(const std::string& text)
{
    std::fwrite(text.data(), 1, text.size(), stdout);
    return 0;
}

CLI::App* add(CLI::App& app, const char* name, const char* what, const char* examples)
{
    auto* command = app.add_subcommand(name, what);
    command->footer(std::string("Examples:\n") + examples);
    return command;
}

void add_config_option(CLI::App& command, Common& common)
{
    command.add_option("--config", common.config_file, "configuration file (config.ini)")->type_name("FILE");
}

void add_state_option(CLI::App& command, Common& common)
{
    command.add_option("--state-dir", common.state_dir, "folder for what outlives the process")->type_name("DIR");
}

void add_run(CLI::App& app, Chosen& chosen)
{
    static RunOptions options;
    auto* command = add(app, "run", "serve the batteries of all ports on D-Bus",
                        "  bmsd run                                 every free serial adapter\n"
                        "  bmsd run /dev/ttyUSB0 /dev/ttyUSB1       these ports\n"
                        "  bmsd run sim:LltJbd sim:Daly,soc=90      simulated batteries (see bmsd simulate --help)\n"
                        "  bmsd run demo                            four of them, each with a story\n"
                        "Exit codes: 0 stopped by a signal, 1 it cannot run at all.");
    command->add_option("ports", options.ports, "serial ports, or sim:TYPE; default: every free adapter")
        ->type_name("PORT");
    command->add_option("--device-dir", options.device_folder, "folder in which adapters appear")->type_name("DIR");
    command->add_option("--lock-dir", options.lock_folder, "folder of the lock files, one a battery; default /run/bmsd")
        ->type_name("DIR");
    command->add_option("--claim-socket", options.claim_socket, "serve what bmsd claim hands over at this socket only")
        ->type_name("PATH");
    add_config_option(*command, options.common);
    add_state_option(*command, options.common);
    command->callback([&] { chosen = [] { return run(options); }; });
}

void add_claim(CLI::App& app, Chosen& chosen)
{
    static ClaimOptions options;
    auto* command = add(app, "claim", "hand a port to the running bmsd, for as long as a battery is served there",
                        "  bmsd claim /dev/ttyUSB0\n"
                        "Exit codes: 0 no battery is there or the port is not served, 1 no daemon for 30 s.");
    command->add_option("port", options.port, "serial port")->required()->type_name("PORT");
    command->add_option("--socket", options.socket, "the daemon's --claim-socket")
        ->type_name("PATH")
        ->capture_default_str();
    command->callback([&] { chosen = [] { return claim(options); }; });
}

void add_scan(CLI::App& app, Chosen& chosen)
{
    static ScanOptions options;
    auto* command = add(app, "scan", "find out which battery is on which port",
                        "  bmsd scan                    all adapters at the same time\n"
                        "  bmsd scan /dev/ttyUSB0\n"
                        "  bmsd scan /dev/ttyUSB0 --all\n"
                        "  bmsd scan --ble              Bluetooth batteries in range, and the line for config.ini\n"
                        "Exit codes: 0 something was found, 1 nothing.");
    command->add_option("ports", options.ports, "serial ports; default: every adapter")->type_name("PORT");
    command->add_flag("--all", options.all,
                      "ask the types, too, that are otherwise asked only when BMS_TYPE names them");
    command->add_flag("--ble", options.ble, "look for Bluetooth batteries, 20 s; --all lists every device");
    command->add_flag("--json", options.json, "one JSON object a battery");
    add_config_option(*command, options.common);
    command->callback([&] { chosen = [] { return options.ble ? scan_ble(options) : scan(options); }; });
}

void add_read(CLI::App& app, Chosen& chosen)
{
    static ReadOptions options;
    auto* command =
        add(app, "read", "read one battery once",
            "  bmsd read /dev/ttyUSB0\n"
            "  bmsd read \"aiobmsble_jbd_bms A4:C1:38:00:00:02\"\n"
            "  bmsd read /dev/ttyUSB0 --bms Jkbms_pb --address 0x02 --json\n"
            "Exit codes: 0 read, 1 nothing answers or the reply had to be refused (the reason is on stderr).");
    command->add_option("port", options.port, "serial port, sim:TYPE, or an entry of BLUETOOTH_BMS")
        ->required()
        ->type_name("PORT");
    command->add_option("--bms", options.bms, "BMS type (see bmsd bms); default: find out")->type_name("TYPE");
    command->add_option("--address", options.address, "address on the bus, e.g. 0x01")->type_name("A");
    command->add_option("--baud", options.baud, "speed of the line")->type_name("N");
    command->add_option("--timeout", options.timeout, "give up after this many seconds")
        ->type_name("S")
        ->check(CLI::Range(0.1, 3600.0))
        ->capture_default_str();
    command->add_flag("--json", options.json, "one line with a JSON object of the model's field names");
    add_config_option(*command, options.common);
    command->callback([&] { chosen = [] { return read(options); }; });
}

void add_watch(CLI::App& app, Chosen& chosen)
{
    static WatchOptions options;
    auto* command = add(app, "watch", "show the batteries of a running bmsd live",
                        "  bmsd watch\n"
                        "  bmsd watch --once            one table, for scripts\n"
                        "  bmsd watch --cells ttyUSB0   with its single cells\n"
                        "Keys: q ends, arrows and page keys scroll, c shows the cells of one battery after the other.\n"
                        "NO_COLOR and TERM=dumb are obeyed.\n"
                        "Exit codes: 0, or 1 when no daemon or no bus is there.");
    command->add_flag("--once", options.once, "print one table and end");
    command->add_option("--seconds", options.seconds, "end after this time")
        ->type_name("S")
        ->check(CLI::Range(0.0, 1e9));
    command->add_option("--cells", options.cells, "show the single cells of this battery, by any part of its name")
        ->type_name("NAME");
    command->add_flag("--json", options.json, "one JSON object a line: every value of every battery");
    command->callback([&] { chosen = [] { return watch(options); }; });
}

void add_doctor(CLI::App& app, Chosen& chosen)
{
    static DoctorOptions options;
    auto* command = add(app, "doctor", "check configuration, bus and batteries, and say what to do",
                        "  bmsd doctor\n"
                        "  bmsd doctor --json           one JSON array\n"
                        "Exit codes: 0 no problem (there may be warnings), 1 problems.");
    command->add_flag("--json", options.json, "one JSON array");
    add_config_option(*command, options.common);
    add_state_option(*command, options.common);
    command->callback([&] { chosen = [] { return doctor(options); }; });
}

void add_report(CLI::App& app, Chosen& chosen)
{
    static ReportOptions options;
    auto* command = add(
        app, "report", "pack what a helper needs to know into one archive",
        "  bmsd report\n"
        "  bmsd report /tmp/report.tar.gz\n"
        "It holds versions, configuration without secrets, what doctor and the bus say, logs and captures; what is\n"
        "in it is listed. Only this user can read it, and it replaces no file.\n"
        "Exit codes: 0 written, 1 not.");
    command->add_option("file", options.file, "archive to write; default: bmsd-report- with date and time")
        ->type_name("FILE");
    add_config_option(*command, options.common);
    add_state_option(*command, options.common);
    command->callback([&] { chosen = [] { return report(options); }; });
}

void add_simulate_faults(CLI::App& command, SimulateOptions& options)
{
    command.add_option("--silent", options.silent, "share of replies that do not come (0..1)")->type_name("P");
    command.add_option("--garbage", options.garbage, "share of replies that are garbage")->type_name("P");
    command.add_option("--bit-error", options.bit_error, "share of replies with one wrong bit")->type_name("P");
    command.add_option("--cut", options.cut, "share of replies that are cut short")->type_name("P");
    command.add_flag("--slow", options.slow, "bytes come at a tenth of the line's speed");
    command.add_option("--unplug-every", options.unplug_every, "pull the adapter for 5 s this often")->type_name("S");
}

void add_simulate(CLI::App& app, Chosen& chosen)
{
    static SimulateOptions options;
    auto* command =
        add(app, "simulate", "batteries that are not there, on pseudo terminals",
            "  bmsd simulate --bms LltJbd --link /tmp/ttyUSB0\n"
            "  bmsd simulate --bms Jkbms_pb --address 0x01 --address 0x02 --wire\n"
            "  bmsd simulate --bms Daly --charger --speed 60 --soc 90\n"
            "  bmsd simulate --bms LltJbd,runaway=3 --soc 90 --record day.json && bmsd replay day.json --svg day.svg\n"
            "A type takes options behind commas: soc, cells, capacity, current, temperature, runaway, day, hour, "
            "chemistry.\n"
            "Exit codes: 0 stopped by a signal, 1 it cannot run.");
    command->add_option("--bms", options.types, "BMS type; several: one port each")
        ->type_name("TYPE")
        ->capture_default_str();
    command->add_option("--link", options.links, "symbolic link to the pseudo terminal")->type_name("PATH");
    command->add_option("--address", options.addresses, "address on the bus; several: one battery each")
        ->type_name("A");
    command->add_option("--cells", options.cells, "cells in series")->check(CLI::Range(1, 32))->capture_default_str();
    command->add_option("--chemistry", options.chemistry, "lfp or nmc")
        ->check(CLI::IsMember({"lfp", "nmc"}))
        ->capture_default_str();
    command->add_option("--capacity", options.capacity, "Ah")->check(CLI::Range(1.0, 2000.0))->capture_default_str();
    command->add_option("--soc", options.soc, "state of charge at the start, %")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    command->add_option("--current", options.current, "A, + charges")->capture_default_str();
    command->add_option("--speed", options.speed, "simulated seconds a second")->check(CLI::Range(0.1, 3600.0));
    command->add_option("--seed", options.seed, "of everything random")->capture_default_str();
    command->add_flag("--wire", options.wire, "bytes take the time they need on a real line");
    command->add_flag("--charger", options.charger, "a charger and loads that obey CVL, CCL and DCL");
    command
        ->add_option("--record", options.record,
                     "no port: run battery, charger and control at once, as a file for bmsd replay")
        ->type_name("FILE");
    command->add_option("--hours", options.hours, "length of the record")
        ->check(CLI::Range(0.01, 100000.0))
        ->check(CLI::Range(0.01, 1000.0))
        ->capture_default_str();
    add_simulate_faults(*command, options);
    command->callback([&] { chosen = [] { return simulate(options); }; });
}

void add_bms(CLI::App& app, Chosen& chosen)
{
    static BmsOptions options;
    auto* command = add(app, "bms", "list the supported BMS and what they deliver",
                        "  bmsd bms\n  bmsd bms --markdown > docs/bms.md");
    command->add_flag("--markdown", options.markdown, "as docs/bms.md");
    command->add_flag("--json", options.json, "one JSON array");
    command->callback([&] { chosen = [] { return bms(options); }; });
}

void add_config(CLI::App& app, Chosen& chosen)
{
    static std::vector<std::string> words;
    static std::string file;
    static bool json = false;
    auto* command = add(app, "config", "the configuration: defaults, explanations, check, differences",
                        "  bmsd config default > config.default.ini\n"
                        "  bmsd config explain MAX_CELL_VOLTAGE\n"
                        "  bmsd config explain float voltage        every key these words stand with\n"
                        "  bmsd config check /data/bmsd/config.ini\n"
                        "  bmsd config diff             what differs from the defaults, as a config.ini\n"
                        "  bmsd config upgrade old.ini > config.ini\n"
                        "Exit codes: 0, or 1 when a key is unknown or the file has errors.");
    command->require_subcommand(1);
    command->add_subcommand("default", "print a documented file with every key")->callback([&] {
        chosen = config_default;
    });
    auto* explain = command->add_subcommand("explain", "what a key means, its unit, default and range");
    explain->add_option("key", words, "a key, or words to look for; default: a line on every key")->type_name("KEY");
    explain->callback([&] { chosen = [] { return config_explain(words); }; });
    auto* check = command->add_subcommand("check", "read a file and tell everything that is wrong with it");
    check->add_option("file", file, "default: the file the daemon would read")->type_name("FILE");
    check->add_flag("--json", json, "one JSON object");
    check->callback([&] { chosen = [] { return config_check(file, json); }; });
    auto* diff = command->add_subcommand("diff", "print the keys that differ from the defaults, as a config.ini");
    diff->add_option("file", file, "default: the file the daemon would read")->type_name("FILE");
    diff->callback([&] { chosen = [] { return config_diff(file); }; });
    auto* upgrade =
        command->add_subcommand("upgrade", "print a file of an older release with the names and values of today");
    upgrade->add_option("file", file, "default: the file the daemon would read")->type_name("FILE");
    upgrade->footer("Comments and everything else stay as they are, passwords too.");
    upgrade->callback([&] { chosen = [] { return config_upgrade(file); }; });
}

void add_replay(CLI::App& app, Chosen& chosen)
{
    static ReplayOptions options;
    auto* command = add(app, "replay", "run recorded telemetry through charge control again",
                        "  bmsd replay control-soc.json --case soc_calculation_resets\n"
                        "  bmsd replay capture/_dev_ttyUSB0.jsonl --config other.ini --svg day.svg");
    command->add_option("file", options.file, "scenario (.json) or raw capture (.jsonl)")
        ->required()
        ->type_name("FILE");
    command->add_option("--case", options.only_case, "only this case of the file")->type_name("NAME");
    command->add_option("--config", options.config_file, "configuration to use instead of the file's")
        ->type_name("INI");
    command->add_flag("--json", options.json, "one JSON object a cycle");
    command->add_option("--svg", options.svg, "draw voltage, limits and modes over time")->type_name("FILE");
    command->callback([&] { chosen = [] { return replay(options); }; });
}

void add_decode(CLI::App& app, Chosen& chosen)
{
    static DecodeOptions options;
    auto* command = add(app, "decode", "read recorded dialogues with batteries, without any hardware",
                        "  bmsd decode capture.json\n"
                        "  bmsd decode capture.json --case 2 --json\n"
                        "The file is a list of cases: {\"bms\": \"LltJbd\", \"transport\": \"serial\", \"exchanges\": "
                        "[{\"request\": hex, \"response\": hex}]}.\n"
                        "Exit codes: 0 all are read, 1 at least one is refused or the file cannot be read.");
    command->add_option("file", options.file, "recorded dialogues")->required()->type_name("FILE");
    command->add_option("--case", options.only_case, "only this case, counted from 0")->type_name("N");
    command->add_flag("--json", options.json, "one JSON object a case");
    command->callback([&] { chosen = [] { return decode(options); }; });
}

void add_inverter(CLI::App& app, Chosen& chosen)
{
    static InverterOptions options;
    auto* command =
        add(app, "inverter", "the CAN frames an inverter is told, from values and back",
            "  bmsd inverter                                     the profiles and who they are for\n"
            "  bmsd inverter --profile pylontech --snapshot state.json\n"
            "  candump -L can0 > log.txt; bmsd inverter --decode pylontech log.txt\n"
            "state.json is an object: {\"cvl\": 55.2, \"ccl\": 100, \"soc\": 87.65, ...}; what is not there is "
            "not known.\n"
            "Exit codes: 0, 1 the file cannot be read or has wrong values, 2 no such profile.");
    command->add_option("file", options.file, "recorded frames of candump")->type_name("FILE");
    auto* profile = command->add_option("--profile", options.profile, "the inverter's family")->type_name("P");
    auto* snapshot = command->add_option("--snapshot", options.snapshot, "values to tell, as JSON")->type_name("FILE");
    profile->needs(snapshot);
    snapshot->needs(profile);
    command->add_option("--decode", options.decode, "read recorded frames of this family")
        ->type_name("P")
        ->excludes(snapshot);
    command->add_flag("--json", options.json, "one JSON object a frame; with --decode one of all values");
    command->callback([&] { chosen = [] { return inverter(options); }; });
}

void add_reload(CLI::App& app, Chosen& chosen)
{
    static Common common;
    auto* command = add(app, "reload", "make the running daemon read its configuration again",
                        "  bmsd reload\n"
                        "Exit codes: 0 it is in force, 1 no daemon runs or the file has errors and is refused.");
    add_state_option(*command, common);
    command->callback([&] { chosen = [] { return reload(common); }; });
}

void add_password(CLI::App& app, Chosen& chosen)
{
    static PasswordOptions options;
    auto* command = add(app, "password", "set the password for changes over the network",
                        "  bmsd password                            asks for it twice\n"
                        "  bmsd password --remove                   nothing can be changed any more\n"
                        "Exit codes: 0 done, 1 nothing was changed.");
    command->add_flag("--remove", options.remove, "take the password away");
    add_state_option(*command, options.common);
    command->callback([&] { chosen = [] { return password(options); }; });
}

void add_completion(CLI::App& app, Chosen& chosen)
{
    static std::string shell;
    auto* command = add(app, "completion", "print what completes the words of bmsd in a shell",
                        "  bmsd completion bash > /etc/bash_completion.d/bmsd\n"
                        "  bmsd completion zsh > /usr/local/share/zsh/site-functions/_bmsd\n"
                        "  bmsd completion fish > ~/.config/fish/completions/bmsd.fish");
    command->add_option("shell", shell, "bash, zsh or fish")
        ->required()
        ->type_name("SHELL")
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->callback([&] { chosen = [&app] { return print(completion(app, shell)); }; });
}

void add_manual(CLI::App& app, Chosen& chosen)
{
    auto* command = add(app, "manual", "print the manual page", "  bmsd manual | man -l -");
    command->callback([&] { chosen = [&app] { return print(manual(app)); }; });
}

}  // namespace

void add_commands(CLI::App& app, Chosen& chosen)
{
    app.set_version_flag("--version", "bmsd " + std::string(bmsd::version));
    app.require_subcommand(1);
    for (const auto adder :
         {add_run, add_claim, add_scan, add_read, add_watch, add_doctor, add_report, add_simulate, add_bms, add_config,
          add_replay, add_decode, add_inverter, add_reload, add_password, add_completion, add_manual})
        adder(app, chosen);
}

}  // namespace bmsd::cli
