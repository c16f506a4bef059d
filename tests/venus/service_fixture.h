#pragma once
// A battery's service on a private bus and a client that watches it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bus/client.h"
#include "support/bus/jump_loop.h"
#include "venus/service.h"

namespace bmsd::venus {
using namespace std::chrono_literals;
using test::Client;
using test::JumpLoop;
using test::PrivateBus;
using test::run_until;
using testing::ElementsAre;
using testing::HasSubstr;

struct FakeControl final : Control {
    std::vector<std::string> log;
    Result<void> next = {};
    std::vector<std::pair<std::string, Done>> names;  // waiting to be saved
    bool save_at_once = true;

    Result<void> command(const Command& command) override
    {
        log.push_back(std::string(name(command.kind)) + "=" + bus::text(command.value));
        return next;
    }
    Result<void> clear_history(int group) override
    {
        log.push_back("clear=" + std::to_string(group));
        return next;
    }
    void set_custom_name(const std::string& name, Done done) override
    {
        log.push_back("name=" + name);
        if (save_at_once)
            done(next);
        else
            names.emplace_back(name, std::move(done));
    }
};

inline config::Config small_config()
{
    config::Config config;
    config.battery_cell_data_format = 1;
    config.max_cell_voltage = 3.45;
    config.max_battery_charge_current = 50;
    config.max_battery_discharge_current = 60;
    return config;
}

struct ServiceTest : testing::Test {
    PrivateBus daemon;
    JumpLoop loop;
    Client client{loop.real(), daemon.address()};
    config::Config config = small_config();
    FakeControl control;
    std::unique_ptr<Service> service;
    int registered = 0;
    std::vector<std::string> not_on_bus;  // what was told of it
    Snapshot snapshot;
    const std::string name = "com.victronenergy.battery.ttyTEST";

    ServiceTest()
    {
        snapshot.identity.type = "LLT/JBD";
        snapshot.telemetry.cell_count = 4;
        snapshot.telemetry.capacity = 280;
        snapshot.telemetry.cell_voltages = {3.3, 3.31, 3.32, 3.33};
        snapshot.derived.voltage = 13.26;
        snapshot.derived.current = -12.34;
        snapshot.derived.soc = 71;
    }

    Context context() const
    {
        Context result;
        result.config = &config;
        result.process_name = "/usr/bin/bmsd";
        result.connection = "Serial /dev/ttyTEST";
        result.product_name = "SerialBattery X @ ttyTEST (LLT/JBD)";
        result.serial = "X";
        result.device_instance = 3;
        result.cell_count = 4;
        result.commands = {Command::Kind::force_charging_off, Command::Kind::turn_balancing_off,
                           Command::Kind::set_soc};
        return result;
    }

    std::unique_ptr<Service> make(const std::string& bus_name)
    {
        return std::make_unique<Service>(
            loop, daemon.address(), bus_name, context(), control,
            Service::Events{[this] { ++registered; },
                            [this](const std::string& reason) { not_on_bus.push_back(reason); }});
    }

    void start()
    {
        service = make(name);
        service->start(snapshot);
        ASSERT_TRUE(run_until(loop.real(), [&] { return registered > 0; }));
    }

    bus::Value on_bus(const std::string& path)
    {
        return client.value(name, path).value_or(test::Item{"", "error", ""}).value;
    }

    // The signals of what was published so far; forgotten afterwards.
    std::vector<test::Signal> take_signals()
    {
        on_bus("/State");  // answered after all signals of this connection were sent
        return std::exchange(client.signals, {});
    }
};

}  // namespace bmsd::venus
