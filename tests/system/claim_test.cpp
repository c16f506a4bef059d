// Ports that are handed over: bmsd claim and bmsd run --claim-socket, as serial-starter of Venus OS uses them.
#include <gtest/gtest.h>

#include <csignal>

#include "system/machine.h"

namespace bmsd::test {
namespace {

class Claim : public testing::Test {
  protected:
    ~Claim() override
    {
        if (HasFailure() && machine.daemon) std::printf("--- log of bmsd ---\n%s\n", machine.daemon->err().c_str());
    }
    void start() { machine.start({"--claim-socket", socket}); }
    std::unique_ptr<Process> claim(const std::string& port)
    {
        return std::make_unique<Process>(std::vector<std::string>{"claim", machine.device(port), "--socket", socket},
                                         machine.bus.address(), machine.folder + "/claim_" + port);
    }
    /// As Venus OS starts it where no other program waits for the port.
    std::unique_ptr<Process> claim_alone(const std::string& port)
    {
        return std::make_unique<Process>(std::vector<std::string>{socket, machine.device(port), "alone"},
                                         machine.bus.address(), machine.folder + "/claim_" + port,
                                         BMSD_BUILD "/bmsd-claim");
    }
    void silence(const std::string& port) { machine.adapters[port].server->set_faults({.silent = 1}); }

    Machine machine;
    std::string socket = machine.folder + "/claims";
};

TEST_F(Claim, OnlyWhatIsHandedOverIsServedAndOnlyForSoLong)
{
    machine.plug("ttyUSB0");
    machine.plug("ttyUSB1", "LltJbd", 200);
    const auto second = claim("ttyUSB1");  // it waits for the daemon
    start();
    ASSERT_TRUE(machine.appears("ttyUSB1"));
    EXPECT_EQ(machine.number("ttyUSB1", "/InstalledCapacity"), 200);
    const auto first = claim("ttyUSB0");
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    EXPECT_TRUE(first->running());
    first->signal(SIGTERM);
    EXPECT_TRUE(machine.goes("ttyUSB0"));
    EXPECT_EQ(first->wait(machine.loop), 0);
    EXPECT_TRUE(second->running());
    EXPECT_NE(machine.client.owner(Machine::service("ttyUSB1")), "");
    const auto again = claim("ttyUSB0");
    EXPECT_TRUE(machine.appears("ttyUSB0"));
}

TEST_F(Claim, WhereNobodyIsItEndsSoThatTheNextProgramGetsItsTurn)
{
    machine.write_config("BMS_TYPE = LltJbd\n");  // the search is short
    machine.plug("ttyUSB0");
    silence("ttyUSB0");
    start();
    const auto nobody = claim("ttyUSB0");
    EXPECT_EQ(nobody->wait(machine.loop), 0);
    EXPECT_EQ(nobody->err(), machine.device("ttyUSB0") + ": none\n");
    const auto missing = claim("ttyUSB7");
    EXPECT_EQ(missing->wait(machine.loop), 0);
}

TEST_F(Claim, APulledAdapterEndsItAndTheNextClaimFindsTheSameBattery)
{
    machine.plug("ttyUSB0");
    start();
    const auto before = claim("ttyUSB0");
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    const double instance = machine.number("ttyUSB0", "/DeviceInstance");
    machine.adapters.erase("ttyUSB0");
    EXPECT_EQ(before->wait(machine.loop), 0);
    EXPECT_FALSE(machine.client.owner(Machine::service("ttyUSB0")).empty()) << "a lost battery like any other";
    machine.plug("ttyUSB0").truth.telemetry.current = -7;
    machine.until([] { return false; }, 2);
    EXPECT_NE(machine.number("ttyUSB0", "/Dc/0/Current"), -7) << "not before it is handed over";
    const auto after = claim("ttyUSB0");
    ASSERT_TRUE(machine.until([&] { return machine.number("ttyUSB0", "/Dc/0/Current") == -7; }));
    EXPECT_EQ(machine.number("ttyUSB0", "/DeviceInstance"), instance);
}

TEST_F(Claim, ADaemonThatIsStartedAgainIsAskedAgain)
{
    machine.plug("ttyUSB0");
    start();
    const auto held = claim("ttyUSB0");
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    machine.daemon->signal(SIGKILL);
    machine.daemon->wait(machine.loop);
    start();
    EXPECT_TRUE(machine.appears("ttyUSB0"));
    EXPECT_TRUE(held->running());
}

TEST_F(Claim, WhatIsServedAlreadyOrExcludedIsRefused)
{
    machine.write_config("EXCLUDED_DEVICES = " + machine.device("ttyUSB1") + "\n");
    machine.plug("ttyUSB0");
    machine.plug("ttyUSB1");
    start();
    const auto first = claim("ttyUSB0");
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    EXPECT_EQ(machine.command({"claim", machine.device("ttyUSB0"), "--socket", socket}), 0);
    EXPECT_EQ(machine.err, machine.device("ttyUSB0") + ": refused: it is claimed already\n");
    EXPECT_TRUE(first->running());
    EXPECT_EQ(machine.command({"claim", machine.device("ttyUSB1"), "--socket", socket}), 0);
    EXPECT_NE(machine.err.find("EXCLUDED_DEVICES"), std::string::npos) << machine.err;
}

TEST_F(Claim, WhereNoOtherProgramWaitsARefusedOneStaysAndAsksTheNextDaemon)
{
    machine.write_config("EXCLUDED_DEVICES = " + machine.device("ttyUSB0") + "\n");
    machine.plug("ttyUSB0");
    start();
    const auto alone = claim_alone("ttyUSB0");
    const auto refusal =
        machine.device("ttyUSB0") + ": refused: " + machine.device("ttyUSB0") + " is excluded by EXCLUDED_DEVICES\n";
    ASSERT_TRUE(machine.until([&] { return alone->err() == refusal; })) << alone->err();
    machine.daemon->signal(SIGTERM);
    machine.daemon->wait(machine.loop);
    EXPECT_TRUE(alone->running());
    machine.write_config("");
    start();
    ASSERT_TRUE(machine.appears("ttyUSB0"));
    EXPECT_EQ(alone->err(), refusal) << "told once";
    alone->signal(SIGTERM);
    EXPECT_EQ(alone->wait(machine.loop), 0);
    EXPECT_TRUE(machine.goes("ttyUSB0"));
}

TEST_F(Claim, WhereNoBatteryIsItEndsAlsoWhenItIsAlone)
{
    start();
    const auto missing = claim_alone("ttyUSB7");
    EXPECT_EQ(missing->wait(machine.loop), 0);
    EXPECT_EQ(missing->err(), machine.device("ttyUSB7") + ": none\n");
}

}  // namespace
}  // namespace bmsd::test
