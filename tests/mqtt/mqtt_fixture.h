#pragma once
// A site with one battery and a publisher whose broker is a stand-in, in virtual time.
#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "config/schema.h"
#include "mqtt/fake_client.h"
#include "mqtt/publisher.h"

namespace bmsd::mqtt {

using namespace std::chrono_literals;
using What = site::Change::What;

class MqttTest : public testing::Test, private site::Servant {
  protected:
    MqttTest()
    {
        auto made = std::make_shared<Who>();
        made->id = BatteryId{7};
        made->unique_id = "sn-12";
        made->name = "ttyUSB0";
        made->custom_name = "Garage";
        made->commands = {Command::Kind::force_charging_off, Command::Kind::set_soc};
        who = made;
        snapshot = calm();
        gate.serve(who->id, this);
        config.mqtt_publish = true;
    }
    static Snapshot calm(std::size_t cells = 4)
    {
        Snapshot s;
        s.identity.type = "Test BMS";
        s.identity.firmware_version = "1.2";
        s.identity.serial_number = "SN12";
        s.telemetry.cell_count = static_cast<std::int64_t>(cells);
        for (std::size_t i = 0; i < cells; ++i) {
            s.telemetry.cell_voltages.push_back(3.3 + 0.001 * static_cast<double>(i));
            s.telemetry.cell_balancing.push_back(i == 1);
        }
        s.telemetry.capacity = 100.0;
        s.telemetry.soh = 99.0;
        s.telemetry.cycles = 12;
        s.telemetry.temperatures[0] = 20.5;
        s.telemetry.charge_fet = true;
        s.telemetry.discharge_fet = true;
        s.derived.voltage = 13.2;
        s.derived.current = 5.0;
        s.derived.power = 66.0;
        s.derived.soc = 55.5;
        s.derived.capacity = 55.5;
        s.derived.temperature = 20.5;
        s.derived.min_temperature = s.derived.max_temperature = 20.5;
        s.derived.temperature_mosfet = 31.0;
        s.derived.min_cell_voltage = 3.3;
        s.derived.max_cell_voltage = 3.303;
        s.derived.min_cell = 1;
        s.derived.max_cell = 4;
        s.derived.cell_diff = 0.003;
        s.derived.balancing = true;
        s.derived.time_to_go = 3600;
        s.limits.charge_voltage = 14.2;
        s.limits.charge.applied = 50.0;
        s.limits.discharge.applied = 60.0;
        s.limits.charge.allowed = s.limits.discharge.allowed = true;
        s.limits.charge_mode = std::string_view("Bulk │ Linear Mode");
        s.limits.charge.reason = std::string_view("Cell Voltage, Temp");
        s.limits.charge.cause.limiter = "Cell Voltage";
        s.limits.discharge.reason = std::string_view("Max Battery Discharge Current");
        s.limits.discharge.cause.limiter = "Max Battery Discharge Current";
        s.alarms[Alarm::low_soc] = 0;
        s.alarms[Alarm::high_cell_voltage] = 0;
        s.history.charged_energy = 12.5;
        s.history.discharged_energy = 11.25;
        return s;
    }
    void publish()
    {
        publisher.reset();
        publisher = std::make_unique<Publisher>(loop, config, board, gate, std::make_unique<FakeClient>(broker));
        broker.live->connect();
    }
    void post(What what = What::cycle) { board.post(what, who, snapshot); }
    boost::json::object last(const std::string& topic) const
    {
        const std::string text = broker.last(topic);
        EXPECT_NE(text, "(none)") << topic;
        return text == "(none)" ? boost::json::object() : boost::json::parse(text).as_object();
    }

    double number(const std::string& topic, std::string_view name) const
    {
        return last(topic).at(name).to_number<double>();
    }

    ManualLoop loop;
    config::Config config = config::defaults();
    site::Board board;
    site::Gate gate{board};
    FakeClient::Shared broker;
    site::WhoPtr who;
    Snapshot snapshot;
    std::vector<site::Wish> wishes;
    Result<void> wish_result;
    site::Outcome outcome{true, ""};
    std::unique_ptr<Publisher> publisher;

  private:
    Result<void> carry_out(const site::Wish& wish, site::Told told) override
    {
        if (!wish_result) return wish_result;
        wishes.push_back(wish);
        told(outcome);
        return {};
    }
};

}  // namespace bmsd::mqtt
