// bmsd for a long time among broken wires, pulled adapters, restless clients and reloads, with a checker that knows
// what must hold. BMSD_SOAK_SECONDS: how long (20; 120 in CI; 28800 for a night), BMSD_SOAK_SEED: which run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "soak/checker.h"
#include "system/machine.h"

namespace bmsd::test {
namespace {

using namespace std::chrono_literals;

double from_environment(const char* name, double otherwise)
{
    const char* given = std::getenv(name);
    return given != nullptr ? std::strtod(given, nullptr) : otherwise;
}

constexpr std::array types{"LltJbd", "Daly", "Jkbms_pb", "Daren485", "Seplosv3", "Renogy"};

class Soak : public testing::Test {
  protected:
    Soak() : seed(static_cast<std::uint64_t>(from_environment("BMSD_SOAK_SEED", std::random_device{}()))), random(seed)
    {
        std::printf("BMSD_SOAK_SEED=%llu\n", static_cast<unsigned long long>(seed));
    }

    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); }
    double between(double a, double b) { return std::uniform_real_distribution<double>(a, b)(random); }

    void set_up();
    void fault();
    void fault_of_the_wire(const std::string& port);
    void change_of_the_battery(const std::string& port);
    void wish_of_a_client(const std::string& port);
    void look();
    void all_is_well_again();
    std::pair<long, std::size_t> size() const;  // kB of memory, open descriptors

    std::uint64_t seed;
    std::mt19937_64 random;
    Machine machine;
    Checker checker;
    std::map<std::string, Known> known;
    std::uint64_t faults = 0;
};

void Soak::set_up()
{
    for (std::size_t i = 0; i < 2 * types.size(); ++i) {
        const std::string port = "ttyUSB" + std::to_string(i);
        const std::string_view type = types[i % types.size()];
        Reading& truth = machine.plug(port, std::string(type), 100 + static_cast<double>(i)).truth;
        truth.identity.serial_number = "SOAK" + std::to_string(1000 + i);
        if (type == "Renogy") {  // it has four cells at most
            truth.telemetry.cell_count = 4;
            truth.telemetry.cell_voltages.resize(4);
            truth.telemetry.voltage = 13.2;
        }
        known[port].cells = static_cast<double>(*truth.telemetry.cell_count);
    }
    std::string list;
    for (const auto* type : types) list += std::string(list.empty() ? "" : ", ") + type;
    machine.write_config("BMS_TYPE = " + list + "\n");
    machine.start();
    for (const auto& [port, battery] : known) ASSERT_TRUE(machine.appears(port)) << port;
}

void Soak::fault_of_the_wire(const std::string& port)
{
    sim::DeviceServer& server = *machine.adapters[port].server;
    sim::Faults now;
    now.seed = random();
    known[port].silent_since = {};
    switch (below(8)) {
        case 0:
            now.silent = 1;
            known[port].silent_since = machine.loop.now();
            break;
        case 1:
            now.silent = between(0, 0.8);
            break;
        case 2:
            now.garbage = between(0, 0.5);
            break;
        case 3:
            now.bit_error = between(0, 0.5);
            break;
        case 4:
            now.cut = between(0, 0.8);
            break;
        case 5:
            server.unplug();
            server.plug();
            break;
        default:
            break;  // well again
    }
    server.set_faults(now);
}

void Soak::change_of_the_battery(const std::string& port)
{
    Telemetry& t = machine.adapters[port].truth.telemetry;
    const double cell = between(2.9, 3.5);
    for (auto& voltage : t.cell_voltages) voltage = cell + between(-0.02, 0.02);
    t.voltage = cell * static_cast<double>(t.cell_voltages.size());
    t.current = between(-60, 60);
    t.soc = between(5, 95);
    for (auto& temperature : t.temperatures) temperature = between(-15, 60);
}

void Soak::wish_of_a_client(const std::string& port)
{
    static const std::array<const char*, 5> paths{"/Settings/ForceChargingOff", "/Settings/ForceDischargingOff",
                                                  "/CustomName", "/Soc", "/History/Clear"};
    const std::string path = paths[below(paths.size())];
    bus::Value value(static_cast<int>(below(3)));
    if (path == "/CustomName" || below(5) == 0) value = bus::Value(std::string(below(300), 'n'));
    (void)machine.client.set(Machine::service(port), path, value);
}

void Soak::fault()
{
    ++faults;
    const std::string port = std::next(known.begin(), static_cast<std::ptrdiff_t>(below(known.size())))->first;
    switch (below(10)) {
        case 0:
            wish_of_a_client(port);
            break;
        case 1:
            machine.daemon->signal(SIGHUP);
            break;
        case 2:
        case 3:
            change_of_the_battery(port);
            break;
        default:
            fault_of_the_wire(port);
    }
}

void Soak::look()
{
    for (const auto& [port, battery] : known) {
        const auto items = machine.client.items(Machine::service(port));
        if (items) checker.check(port, *items, battery, machine.loop.now());
    }
}

void Soak::all_is_well_again()
{
    for (auto& [port, battery] : known) {
        machine.adapters[port].server->set_faults({});
        battery.silent_since = {};
    }
    for (const auto& [port, battery] : known) {
        const auto online = [&, name = port] { return machine.number(name, "/System/NrOfModulesOnline") == 1; };
        EXPECT_TRUE(machine.until(online, 180)) << port;
    }
}

std::pair<long, std::size_t> Soak::size() const
{
    const std::string process = "/proc/" + std::to_string(machine.daemon->pid());
    std::ifstream status(process + "/status");
    long kilobytes = 0;
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) kilobytes = std::strtol(line.c_str() + 6, nullptr, 10);
    std::size_t descriptors = 0;
    std::error_code error;
    for ([[maybe_unused]] const auto& one : std::filesystem::directory_iterator(process + "/fd", error)) ++descriptors;
    return {kilobytes, descriptors};
}

TEST_F(Soak, NothingThatIsPublishedBreaksWhatMustHold)
{
    set_up();
    if (HasFatalFailure()) return;
    const auto [memory, descriptors] = size();
    const Instant end = machine.loop.now() + seconds(from_environment("BMSD_SOAK_SECONDS", 20));
    while (machine.loop.now() < end && machine.daemon->running()) {
        fault();
        const Instant next = machine.loop.now() + seconds(between(0.05, 0.4));
        machine.until([&] { return machine.loop.now() >= next; }, 1);
        look();
        if (!checker.broken().empty()) break;
    }
    EXPECT_TRUE(machine.daemon->running());
    all_is_well_again();
    const auto [memory_after, descriptors_after] = size();
    std::printf("%llu faults, %llu checks, %ld -> %ld kB, %zu -> %zu descriptors\n",
                static_cast<unsigned long long>(faults), static_cast<unsigned long long>(checker.checks()), memory,
                memory_after, descriptors, descriptors_after);
    EXPECT_THAT(checker.broken(), testing::IsEmpty());
#ifndef __SANITIZE_ADDRESS__  // which keeps what was freed
    EXPECT_LE(memory_after, memory + 4096);
#endif
    EXPECT_LE(descriptors_after, descriptors + 8);
    machine.daemon->signal(SIGTERM);
    EXPECT_EQ(machine.daemon->wait(machine.loop), 0);
    if (HasFailure()) std::printf("the run: BMSD_SOAK_SEED=%llu\n", static_cast<unsigned long long>(seed));
}

TEST(Checker, FindsWhatOnceWasPublished)
{
    Checker checker;
    const Known battery;
    const Instant now{std::chrono::hours(1)};
    Items items;
    items["/Info/MaxChargeVoltage"].value = bus::Value(55.2);
    items["/Soc"].value = bus::Value(50.0);
    items["/System/NrOfModulesOnline"].value = bus::Value(1);
    checker.check("ttyUSB0", items, battery, now);
    EXPECT_TRUE(checker.broken().empty());
    items["/Info/MaxChargeVoltage"].value = bus::Value(27.0);
    checker.check("ttyUSB0", items, battery, now);
    EXPECT_EQ(checker.broken().size(), 1U);
    items["/Info/MaxChargeVoltage"].value = bus::Value(55.2);
    items["/Info/MaxChargeCurrent"].value = bus::Value(70.0);
    checker.check("ttyUSB0", items, battery, now);
    EXPECT_EQ(checker.broken().size(), 2U);
    Known dead;
    dead.silent_since = now - 30s;
    checker.check("ttyUSB0", items, dead, now);
    EXPECT_EQ(checker.broken().size(), 4U) << "the current again, and still online";
}

}  // namespace
}  // namespace bmsd::test
