#include "system/machine.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <random>
#include <stdexcept>

#include "support/random_reading.h"
#include "util/file.h"

extern char** environ;

namespace bmsd::test {

Process::Process(const std::vector<std::string>& arguments, const std::string& bus_address, std::string output,
                 const char* program)
    : output_(std::move(output))
{
    std::vector<std::string> variables{"DBUS_SESSION_BUS_ADDRESS=" + bus_address};
    for (char** variable = environ; *variable != nullptr; ++variable)
        if (!std::string_view(*variable).starts_with("DBUS_SESSION_BUS_ADDRESS=")) variables.emplace_back(*variable);
    std::vector<char*> argv, envp;
    if (program == nullptr) program = std::getenv("BMSD_PROGRAM");
    std::vector<std::string> words{program != nullptr ? program : BMSD_BUILD "/bmsd"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    for (auto& word : words) argv.push_back(word.data());
    for (auto& variable : variables) envp.push_back(variable.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, (output_ + ".out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    posix_spawn_file_actions_addopen(&actions, 2, (output_ + ".err").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const int failed = posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), envp.data());
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) throw std::runtime_error("bmsd cannot be started");
}

Process::~Process()
{
    if (running()) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, &status_, 0);
    }
}

bool Process::running()
{
    if (!ended_ && ::waitpid(pid_, &status_, WNOHANG) == pid_) ended_ = true;
    return !ended_;
}

void Process::signal(int number) const
{
    ::kill(pid_, number);
}

int Process::wait(RealLoop& loop, double seconds)
{
    run_until(
        loop, [this] { return !running(); }, seconds);
    return ended_ && WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
}

std::string Process::out() const
{
    return read_file(output_ + ".out").value_or("");
}
std::string Process::err() const
{
    return read_file(output_ + ".err").value_or("");
}

Machine::Machine(unsigned bus_connections) : bus(bus_connections)
{
    std::filesystem::create_directories(folder + "/dev");
    std::filesystem::create_directories(folder + "/state");
}

Machine::~Machine() = default;

Adapter& Machine::plug(const std::string& name, const std::string& bms, double capacity)
{
    std::mt19937_64 random(adapters.size() + 1);
    Adapter& adapter = adapters[name];
    adapter.truth = random_reading(random, 16);
    Telemetry& t = adapter.truth.telemetry;
    for (auto& cell : t.cell_voltages) cell = 3.3;
    t.voltage = 52.8;
    t.current = 5;
    t.soc = 50;
    t.capacity = capacity;
    t.capacity_remaining = capacity / 2;
    for (auto& temperature : t.temperatures) temperature = 20;
    t.temperature_mosfet = 25;
    t.charge_fet = t.discharge_fet = true;
    t.alarms = {};
    const bms::Entry& entry = *bms::find(bms);
    adapter.server = std::make_unique<sim::DeviceServer>(
        loop, sim::DeviceServer::Options{.link = device(name), .baud = entry.lines.front().baud});
    adapter.server->add(entry.device(adapter.truth, entry.lines.front()));
    return adapter;
}

void Machine::write_config(const std::string& text) const
{
    if (!write_file(folder + "/config.ini", "[DEFAULT]\n" + text)) throw std::runtime_error("config.ini");
}

Process& Machine::start(std::vector<std::string> arguments)
{
    if (!std::filesystem::exists(folder + "/config.ini")) write_config("");
    std::vector<std::string> words{"run",          "--state-dir",   folder + "/state", "--lock-dir",          folder,
                                   "--device-dir", folder + "/dev", "--config",        folder + "/config.ini"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    daemon = std::make_unique<Process>(words, bus.address(), folder + "/daemon");
    return *daemon;
}

int Machine::command(const std::vector<std::string>& arguments)
{
    Process process(arguments, bus.address(), folder + "/command");
    const int code = process.wait(loop, 200);
    out = process.out();
    err = process.err();
    return code;
}

bool Machine::until(const std::function<bool()>& done, double seconds)
{
    const Instant deadline = loop.now() + bmsd::seconds(seconds);
    while (!done()) {
        if (loop.now() >= deadline) return false;
        const Instant next = loop.now() + bmsd::seconds(0.05);
        run_until(loop, [&] { return loop.now() >= next; });
    }
    return true;
}

bool Machine::appears(const std::string& port)
{
    return until([&] { return !client.owner(service(port)).empty() && !value(port, "/Dc/0/Voltage").null(); });
}

bool Machine::goes(const std::string& port)
{
    return until([&] { return client.owner(service(port)).empty(); });
}

bus::Value Machine::value(const std::string& port, const std::string& path)
{
    const auto item = client.value(service(port), path);
    return item ? item->value : bus::Value();
}

double Machine::number(const std::string& port, const std::string& path)
{
    return value(port, path).number().value_or(std::nan(""));
}

}  // namespace bmsd::test
