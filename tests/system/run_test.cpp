// bmsd run as users meet it: adapters, buses, settings, signals.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include "system/machine.h"

namespace bmsd::test {
namespace {

class Run : public testing::Test {
  protected:
    ~Run() override
    {
        if (HasFailure() && machine.daemon) std::printf("--- log of bmsd ---\n%s\n", machine.daemon->err().c_str());
    }
    Machine machine;
};

TEST_F(Run, TwoBatteriesOfDifferentTypesAreTwoServices)
{
    machine.plug("ttyUSB0");
    machine.plug("ttyUSB1", "Jkbms_pb", 280);
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    ASSERT_TRUE(machine.appears("ttyUSB1"));
    EXPECT_NE(machine.client.owner(Machine::service("ttyUSB0")), machine.client.owner(Machine::service("ttyUSB1")));
    EXPECT_EQ(machine.number("ttyUSB0", "/InstalledCapacity"), 100);
    EXPECT_EQ(machine.number("ttyUSB1", "/InstalledCapacity"), 280);
    EXPECT_NE(machine.number("ttyUSB0", "/DeviceInstance"), machine.number("ttyUSB1", "/DeviceInstance"));
    machine.adapters["ttyUSB0"].truth.telemetry.current = -12.5;
    EXPECT_TRUE(machine.until([&] { return machine.number("ttyUSB0", "/Dc/0/Current") == -12.5; }));
    machine.daemon->signal(SIGTERM);
    EXPECT_EQ(machine.daemon->wait(machine.loop), 0);
    EXPECT_TRUE(machine.goes("ttyUSB0"));
}

TEST_F(Run, SixteenBatteriesInOneProcess)
{
    for (int i = 0; i < 16; ++i) machine.plug("ttyUSB" + std::to_string(i), "LltJbd", 100 + i);
    machine.start();
    std::set<double> instances;
    std::set<std::string> owners;
    for (int i = 0; i < 16; ++i) {
        const std::string port = "ttyUSB" + std::to_string(i);
        ASSERT_TRUE(machine.appears(port)) << port;
        EXPECT_EQ(machine.number(port, "/InstalledCapacity"), 100 + i);
        instances.insert(machine.number(port, "/DeviceInstance"));
        owners.insert(machine.client.owner(Machine::service(port)));
    }
    EXPECT_EQ(instances.size(), 16U);
    EXPECT_EQ(owners.size(), 16U);
}

TEST_F(Run, ALogNobodyReadsCostsLinesAndNothingElse)
{
    const std::string log = machine.folder + "/daemon.err";
    ASSERT_EQ(::mkfifo(log.c_str(), 0600), 0);
    const int reader = ::open(log.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    const int size = ::fcntl(reader, F_SETPIPE_SZ, 4096);
    machine.write_config("LOGGING = DEBUG\n");
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    const auto full = [&] {
        machine.daemon->signal(SIGHUP);  // each reload is a line or more
        int waiting = 0;
        return ::ioctl(reader, FIONREAD, &waiting) == 0 && waiting > size - 80;
    };
    ASSERT_TRUE(machine.until(full));
    for (const double current : {-12.5, 7.5, -3.5}) {
        machine.daemon->signal(SIGHUP);
        machine.adapters["ttyUSB0"].truth.telemetry.current = current;
        EXPECT_TRUE(machine.until([&] { return machine.number("ttyUSB0", "/Dc/0/Current") == current; }, 20))
            << current;
    }
    std::string text;
    EXPECT_TRUE(machine.until(
        [&] {
            char piece[4096];
            for (ssize_t count = 0; (count = ::read(reader, piece, sizeof piece)) > 0;)
                text.append(piece, static_cast<std::size_t>(count));
            machine.daemon->signal(SIGHUP);
            return text.contains("lines of the log are lost: nobody read it");
        },
        30))
        << text;
    std::filesystem::remove(log);
    ::close(reader);
    machine.daemon->signal(SIGHUP);
    EXPECT_TRUE(machine.until([&] {
        return machine.daemon->running() && machine.number("ttyUSB0", "/Dc/0/Current") == -3.5;
    })) << "the reader is gone";
}

TEST_F(Run, APulledAdapterIsALostBatteryWhoseServiceStaysAndComesBack)
{
    machine.plug("ttyUSB0");
    machine.plug("ttyUSB1", "LltJbd", 200);
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    ASSERT_TRUE(machine.appears("ttyUSB1"));
    const double instance = machine.number("ttyUSB0", "/DeviceInstance");
    machine.adapters["ttyUSB0"].server->unplug();
    ASSERT_TRUE(machine.until([&] { return machine.number("ttyUSB0", "/System/NrOfModulesOnline") == 0; }));
    EXPECT_TRUE(machine.value("ttyUSB0", "/Dc/0/Voltage").null());
    EXPECT_FALSE(machine.value("ttyUSB1", "/Dc/0/Voltage").null()) << "the other one goes on";
    machine.adapters["ttyUSB0"].server->plug();
    ASSERT_TRUE(machine.until([&] { return machine.number("ttyUSB0", "/System/NrOfModulesOnline") == 1; }));
    EXPECT_EQ(machine.number("ttyUSB0", "/DeviceInstance"), instance);
    EXPECT_EQ(machine.number("ttyUSB0", "/Info/Link/Reconnects"), 1);
}

TEST_F(Run, AnAdapterThatComesBackUnderAnotherNameKeepsItsService)
{
    machine.plug("ttyUSB0");
    machine.start({machine.device("ttyUSB0")});
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    const double instance = machine.number("ttyUSB0", "/DeviceInstance");
    machine.adapters["ttyUSB0"].server->unplug();
    machine.adapters["ttyUSB0"].server->plug(machine.device("ttyUSB7"));
    const auto there = [&] {
        return bus::text(machine.value("ttyUSB0", "/Mgmt/Connection")).find("ttyUSB7") != std::string::npos;
    };
    ASSERT_TRUE(machine.until(there)) << "the same name, since it is the same battery";
    EXPECT_EQ(machine.number("ttyUSB0", "/DeviceInstance"), instance);
    EXPECT_TRUE(machine.client.owner(Machine::service("ttyUSB7")).empty());
    machine.adapters["ttyUSB0"].truth.telemetry.current = -12.5;
    EXPECT_TRUE(machine.until([&] { return machine.number("ttyUSB0", "/Dc/0/Current") == -12.5; }));
}

TEST_F(Run, OneBatteryAtTwoPortsIsServedOnce)
{
    machine.plug("ttyUSB0", "Daren485");
    machine.plug("ttyUSB1", "Daren485").truth = machine.adapters["ttyUSB0"].truth;
    machine.write_config("BMS_TYPE = Daren485\n");
    machine.start();
    const auto told = [&](std::string_view text) { return machine.daemon->err().find(text) != std::string::npos; };
    ASSERT_TRUE(machine.until([&] { return told("it is one battery and served once"); })) << machine.daemon->err();
    const bool first = !machine.client.owner(Machine::service("ttyUSB0")).empty();
    EXPECT_NE(first, !machine.client.owner(Machine::service("ttyUSB1")).empty());
}

TEST_F(Run, ANameThatAnotherProgramHasCostsThatBatteryOnly)
{
    Client other(machine.loop, machine.bus.address());
    bus::Message call =
        other.bus().new_call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName");
    sd_bus_message_append(call.get(), "su", Machine::service("ttyUSB0").c_str(), 4U);
    ASSERT_TRUE(other.call(std::move(call)));
    machine.plug("ttyUSB0");
    machine.plug("ttyUSB1", "LltJbd", 200);
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB1"));
    const auto told = [&] { return machine.daemon->err().find("another program has it") != std::string::npos; };
    ASSERT_TRUE(machine.until(told, 60)) << machine.daemon->err();
    EXPECT_TRUE(machine.daemon->running());
    EXPECT_FALSE(machine.value("ttyUSB1", "/Dc/0/Voltage").null());
}

TEST_F(Run, AnAdapterPluggedInLaterIsFound)
{
    machine.start();
    machine.plug("ttyACM3");
    EXPECT_TRUE(machine.appears("ttyACM3"));
}

TEST_F(Run, TwoBatteriesWithOneUniqueIdAreBothServed)
{
    machine.plug("ttyUSB0");
    machine.plug("ttyUSB1");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    ASSERT_TRUE(machine.appears("ttyUSB1"));
    EXPECT_NE(machine.value("ttyUSB0", "/Serial"), machine.value("ttyUSB1", "/Serial"));
    EXPECT_NE(machine.daemon->err().find("same unique id"), std::string::npos);
    const auto serials = std::set<std::string>{*machine.value("ttyUSB0", "/Serial").get<std::string>(),
                                               *machine.value("ttyUSB1", "/Serial").get<std::string>()};
    machine.daemon->signal(SIGTERM);
    ASSERT_EQ(machine.daemon->wait(machine.loop), 0);
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    ASSERT_TRUE(machine.appears("ttyUSB1"));
    EXPECT_EQ(serials, (std::set<std::string>{*machine.value("ttyUSB0", "/Serial").get<std::string>(),
                                              *machine.value("ttyUSB1", "/Serial").get<std::string>()}))
        << "the ids are stable";
}

TEST_F(Run, TheBusDaemonDiesAndBmsdEndsWithOne)
{
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    machine.bus.stop();
    EXPECT_EQ(machine.daemon->wait(machine.loop), 1);
}

TEST_F(Run, WithoutABusItCannotRun)
{
    machine.bus.stop();
    machine.start();
    EXPECT_EQ(machine.daemon->wait(machine.loop), 1);
}

TEST_F(Run, InstanceAndNameLiveInTheSettingsServiceAndSurviveItsRestart)
{
    auto settings = std::make_unique<FakeSettings>(machine.loop, machine.bus.address());
    ASSERT_TRUE(machine.until([&] { return settings->owns_name; }));
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    ASSERT_EQ(machine.client.set(Machine::service("ttyUSB0"), "/CustomName", bus::Value("Cellar")), 0);
    const auto tree = settings->tree();
    const auto named = std::find_if(tree.begin(), tree.end(),
                                    [](const auto& setting) { return setting.first.ends_with("/CustomName"); });
    ASSERT_NE(named, tree.end());
    EXPECT_EQ(named->second, bus::Value("Cellar"));
    settings.reset();
    EXPECT_FALSE(machine.value("ttyUSB0", "/Dc/0/Voltage").null()) << "it goes on without";
    settings = std::make_unique<FakeSettings>(machine.loop, machine.bus.address(), tree);
    ASSERT_TRUE(machine.until([&] { return settings->owns_name; }));
    machine.daemon->signal(SIGTERM);
    ASSERT_EQ(machine.daemon->wait(machine.loop), 0);
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    EXPECT_EQ(machine.value("ttyUSB0", "/CustomName"), bus::Value("Cellar"));
}

TEST_F(Run, ASilentSettingsServiceKeepsNoBatteryFromBeingServed)
{
    FakeSettings settings(machine.loop, machine.bus.address());
    ASSERT_TRUE(machine.until([&] { return settings.owns_name; }));
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    ASSERT_EQ(machine.client.set(Machine::service("ttyUSB0"), "/CustomName", bus::Value("Cellar")), 0);
    const double instance = machine.number("ttyUSB0", "/DeviceInstance");
    machine.daemon->signal(SIGTERM);
    ASSERT_EQ(machine.daemon->wait(machine.loop), 0);
    settings.silent = true;
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0")) << "from the state file";
    EXPECT_EQ(machine.value("ttyUSB0", "/CustomName"), bus::Value("Cellar"));
    EXPECT_EQ(machine.number("ttyUSB0", "/DeviceInstance"), instance);
}

TEST_F(Run, AStateFolderThatCannotBeWrittenIsToldAndSavedToWhenItCan)
{
    std::filesystem::remove_all(machine.folder + "/state");
    std::ofstream(machine.folder + "/state") << "not a folder";
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    EXPECT_NE(machine.daemon->err().find("cannot be written"), std::string::npos) << machine.daemon->err();
    const auto not_saved = [&] { return bus::text(machine.value("ttyUSB0", "/Info/NotSaved")); };
    EXPECT_TRUE(machine.until([&] { return not_saved().size() > 2; })) << not_saved();
    std::filesystem::remove(machine.folder + "/state");
    const auto saved = [&] { return std::filesystem::exists(machine.folder + "/state/batteries.json"); };
    EXPECT_TRUE(machine.until(saved, 60));
    EXPECT_TRUE(machine.until([&] { return not_saved().empty(); })) << not_saved();
    machine.daemon->signal(SIGTERM);
    EXPECT_EQ(machine.daemon->wait(machine.loop), 0);
}

TEST(Crowd, ABusThatTakesNoMoreConnectionsCostsOnlyThoseBeyond)
{
    Machine machine(6);  // ours, that of the daemon, and four
    for (int i = 0; i < 6; ++i) machine.plug("ttyUSB" + std::to_string(i), "LltJbd", 100 + i);
    machine.write_config("BMS_TYPE = LltJbd\n");
    machine.start();
    const auto served = [&] {
        int count = 0;
        for (int i = 0; i < 6; ++i)
            count += !machine.client.owner(Machine::service("ttyUSB" + std::to_string(i))).empty();
        return count;
    };
    ASSERT_TRUE(machine.until([&] { return served() == 4; })) << machine.daemon->err();
    const auto told = [&] {
        return machine.daemon->err().find("not on the bus, it is tried again") != std::string::npos;
    };
    EXPECT_TRUE(machine.until(told, 60)) << machine.daemon->err();
    EXPECT_TRUE(machine.daemon->running());
    for (int i = 0; i < 6; ++i) {
        const std::string port = "ttyUSB" + std::to_string(i);
        if (machine.client.owner(Machine::service(port)).empty()) continue;
        EXPECT_EQ(machine.number(port, "/System/NrOfModulesOnline"), 1) << port;
    }
}

TEST_F(Run, WithoutSettingsServiceTheNameLivesInAFile)
{
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    ASSERT_EQ(machine.client.set(Machine::service("ttyUSB0"), "/CustomName", bus::Value("Boat")), 0);
    machine.daemon->signal(SIGTERM);
    ASSERT_EQ(machine.daemon->wait(machine.loop), 0);
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    EXPECT_EQ(machine.value("ttyUSB0", "/CustomName"), bus::Value("Boat"));
}

TEST_F(Run, AConfigurationWithErrorsStillRunsAndShowsIt)
{
    machine.write_config("MAX_CELL_VOLTAGE = high\nNO_SUCH_KEY = 1\n");
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    EXPECT_EQ(machine.number("ttyUSB0", "/State"), 10);
    EXPECT_EQ(machine.number("ttyUSB0", "/ErrorCode"), 119);
    EXPECT_DOUBLE_EQ(machine.number("ttyUSB0", "/Info/MaxChargeVoltage"), 55.2) << "the default takes its place";
}

TEST_F(Run, AValidConfigurationIsReloadedWithoutDroppingTheBattery)
{
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    const std::string owner = machine.client.owner(Machine::service("ttyUSB0"));
    ASSERT_TRUE(machine.until([&] { return machine.number("ttyUSB0", "/Info/MaxChargeVoltage") == 55.2; }));
    machine.write_config("MAX_CELL_VOLTAGE = 3.4\n");
    EXPECT_EQ(machine.command({"reload", "--state-dir", machine.folder + "/state"}), 0);
    EXPECT_TRUE(machine.until([&] { return machine.number("ttyUSB0", "/Info/MaxChargeVoltage") == 54.4; }));
    EXPECT_EQ(machine.client.owner(Machine::service("ttyUSB0")), owner);
    machine.write_config("MAX_CELL_VOLTAGE = 9\n");
    EXPECT_EQ(machine.command({"reload", "--state-dir", machine.folder + "/state"}), 1);
    EXPECT_TRUE(machine.until([&] { return machine.daemon->err().find("not used") != std::string::npos; }));
    EXPECT_EQ(machine.number("ttyUSB0", "/Info/MaxChargeVoltage"), 54.4) << "refused, the old one stays in force";
    EXPECT_NE(machine.number("ttyUSB0", "/State"), 10);
}

TEST_F(Run, ReloadNamesWhatIsDifferentNow)
{
    machine.write_config("MAX_CELL_VOLTAGE = 3.4\nMQTT_PASSWORD = s3cret\n");
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    const std::vector<std::string> reload{"reload", "--state-dir", machine.folder + "/state"};
    EXPECT_EQ(machine.command(reload), 0) << machine.err;
    EXPECT_NE(machine.out.find(": 0 values changed, 0 warnings"), std::string::npos) << machine.out;
    machine.write_config("MAX_CELL_VOLTAGE = 3.42\nBMS_TYPE = LltJbd\nMQTT_PASSWORD = another\n");
    EXPECT_EQ(machine.command(reload), 0) << machine.err;
    EXPECT_NE(machine.out.find("  MAX_CELL_VOLTAGE: 3.42, was 3.4\n"), std::string::npos) << machine.out;
    EXPECT_NE(machine.out.find("  BMS_TYPE: LltJbd, was (empty); needs a restart\n"), std::string::npos) << machine.out;
    EXPECT_EQ(machine.out.find("another"), std::string::npos) << machine.out;
    machine.write_config("MAX_BATTERY_CHARGE_CURRENT = 2O\n");
    EXPECT_EQ(machine.command(reload), 1);
    EXPECT_NE(machine.err.find("is refused, the configuration before stays in force, but until it is mended with at "
                               "most 12.5 A charge and 60 A discharge"),
              std::string::npos)
        << machine.err;
    EXPECT_NE(machine.daemon->err().find("different now: MAX_CELL_VOLTAGE, BMS_TYPE"), std::string::npos)
        << machine.daemon->err();
}

TEST_F(Run, AUsersSwitchReachesTheBms)
{
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    ASSERT_TRUE(machine.until([&] { return machine.number("ttyUSB0", "/Io/AllowToCharge") == 1; }));
    EXPECT_EQ(machine.client.set(Machine::service("ttyUSB0"), "/Settings/ForceChargingOff", bus::Value(1)), 0);
    EXPECT_TRUE(machine.until([&] { return machine.number("ttyUSB0", "/Io/AllowToCharge") == 0; }));
    EXPECT_EQ(machine.adapters["ttyUSB0"].truth.telemetry.charge_fet, false);
    EXPECT_EQ(machine.number("ttyUSB0", "/Info/MaxChargeCurrent"), 0);
    EXPECT_EQ(machine.client.set(Machine::service("ttyUSB0"), "/Settings/ForceChargingOff", bus::Value(7)), 2);
    EXPECT_EQ(machine.client.set(Machine::service("ttyUSB0"), "/Dc/0/Voltage", bus::Value(7.0)), 1)
        << "measured, not written";
}

TEST_F(Run, ASwitchTheBmsDoesNotTakeGoesBack)
{
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    machine.adapters["ttyUSB0"].server->set_faults({.silent = 1});
    EXPECT_EQ(machine.client.set(Machine::service("ttyUSB0"), "/Settings/ForceChargingOff", bus::Value(1)), 0);
    EXPECT_TRUE(machine.until([&] { return machine.number("ttyUSB0", "/Settings/ForceChargingOff") == 0; }));
    EXPECT_TRUE(machine.until([&] { return machine.daemon->err().find("refused by the BMS") != std::string::npos; }));
}

TEST_F(Run, DamagedRepliesAreCountedAndNeverPublished)
{
    machine.plug("ttyUSB0");
    machine.plug("ttyUSB1", "LltJbd", 150);
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    ASSERT_TRUE(machine.appears("ttyUSB1"));
    machine.adapters["ttyUSB0"].server->set_faults({.bit_error = 1, .seed = 5});
    machine.adapters["ttyUSB0"].truth.telemetry.voltage = 1;
    EXPECT_TRUE(machine.until([&] { return machine.number("ttyUSB0", "/Info/Link/Refused/Total") >= 3; }));
    EXPECT_DOUBLE_EQ(machine.number("ttyUSB0", "/Dc/0/Voltage"), 52.8);
    EXPECT_EQ(machine.number("ttyUSB1", "/Info/Link/Refused/Total"), 0);
    machine.adapters["ttyUSB0"].server->set_faults({});
    EXPECT_TRUE(machine.until([&] { return machine.number("ttyUSB0", "/Dc/0/Voltage") == 1; }));
}

TEST_F(Run, ASecondDaemonOnTheSameStateFolderIsRefused)
{
    machine.plug("ttyUSB0");
    machine.start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    Process second({"run", "--state-dir", machine.folder + "/state", machine.device("ttyUSB0")}, machine.bus.address(),
                   machine.folder + "/second");
    EXPECT_EQ(second.wait(machine.loop), 1);
}

TEST_F(Run, TheCaptureIsWrittenWhenAskedFor)
{
    machine.write_config("BMS_CAPTURE_RAW_DATA = True\n");
    machine.plug("ttyUSB0");
    machine.start({machine.device("ttyUSB0")});
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    const auto captured = [&] {
        for (const auto& file : std::filesystem::directory_iterator(machine.folder + "/state/capture")) {
            std::ifstream stream(file.path());
            const std::string text{std::istreambuf_iterator<char>(stream), {}};
            if (text.find("\"dda50300fffd77\"") != std::string::npos && text.find("\"decoded\"") != std::string::npos)
                return true;
        }
        return false;
    };
    EXPECT_TRUE(machine.until(captured));
}

}  // namespace
}  // namespace bmsd::test
