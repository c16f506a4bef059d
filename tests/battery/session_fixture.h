#pragma once
// A port with one JBD battery behind it, in virtual time, and a host that writes down what it is told.
#include <gtest/gtest.h>

#include <map>

#include "battery/port_session.h"
#include "config/schema.h"
#include "support/fake_port.h"
#include "support/random_reading.h"
#include "support/rig.h"

namespace bmsd::battery {

using namespace std::chrono_literals;

class RecordingHost final : public Host {
  public:
    RecordingHost(Loop& loop, const config::Config& config) : loop_(loop), config_(config) {}

    Task<std::shared_ptr<Battery>> attach(Found& found, const std::string& port) override
    {
        auto& known = batteries[port + found.configured];
        const auto anew = [&] {
            return !known || !same_pack(known->reading(), found.reading) ||
                   known->reading().telemetry.cell_count != found.reading.telemetry.cell_count;
        };
        if (anew())
            known = std::make_shared<Battery>(
                Facts{found.entry, port, found.configured, found.line.address, port + found.configured}, found.reading,
                config_, control::Traits{}, control::Stored{}, loop_);
        ++attached;
        co_return known;
    }
    void cycle(Battery& battery) override
    {
        ++cycles[battery.facts().id];
        battery.snapshot().state.online ? ++online : ++offline;
    }
    void release(Battery& battery) override { released.push_back(battery.facts().id); }

    std::map<std::string, std::shared_ptr<Battery>> batteries;
    std::map<std::string, int> cycles;
    std::vector<std::string> released;
    int attached = 0, online = 0, offline = 0;

  private:
    Loop& loop_;
    const config::Config& config_;
};

class SessionTest : public testing::Test {
  protected:
    SessionTest()
    {
        std::mt19937_64 random(3);
        truth = test::random_reading(random, 16);
        for (auto& cell : truth.telemetry.cell_voltages) cell = 3.3;
        truth.telemetry.voltage = 52.8;
        auto owned = std::make_unique<test::FakePort>(loop, "/dev/ttyUSB0");
        port = owned.get();
        port->add(entry.device(truth, entry.lines.front()), 9600);
        memory.remember("/dev/ttyUSB0", "LltJbd");  // so that no test depends on how long the others are asked
        session = std::make_unique<PortSession>(loop, std::move(owned), host, config, memory);
    }
    Battery& battery() { return *host.batteries.begin()->second; }

    const bms::Entry& entry = *bms::find("LltJbd");
    ManualLoop loop;
    config::Config config = config::defaults();
    TypeMemory memory{""};
    RecordingHost host{loop, config};
    Reading truth;
    test::FakePort* port = nullptr;
    std::unique_ptr<PortSession> session;
};

}  // namespace bmsd::battery
