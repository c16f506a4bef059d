#pragma once
// Simulated batteries behind one pseudo terminal, living in real time: physics, the device side of their protocol, and
// a power system around them. Behind `bmsd simulate` and the port names sim:TYPE.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bms/catalogue.h"
#include "sim/installation.h"
#include "sim/server.h"
#include "util/result.h"

namespace bmsd::sim {

/// A battery in a few words; the rest is made up from the seed.
struct Sketch {
    const bms::Entry* entry = nullptr;
    bms::Line line{};
    Chemistry chemistry = Chemistry::lfp;
    std::size_t cells = 16;
    double capacity = 100;    // Ah
    double soc = 60;          // %
    double temperature = 20;  // degC
    double runaway = 0;       // % of charge one cell is ahead of the others
    std::uint64_t seed = 1;
    Number current;             // A, + charges: what flows; absent: sun and loads that obey the battery's limits
    double day_length = 86400;  // s
    double start_hour = 9;      // of the day
};

InstallationSpec site_of(const Sketch& sketch);

/// `sim:TYPE` with options behind commas: soc, cells, capacity, current, temperature, runaway, seed, day, hour,
/// address, chemistry. Example: sim:LltJbd,soc=95,cells=8
Result<Sketch> parse_sketch(std::string_view text);

class Simulation {
  public:
    Simulation(Loop& loop, const std::vector<Sketch>& batteries, DeviceServer::Options server, double speed = 1);
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    const std::string& path() const { return server_.path(); }
    DeviceServer& server() { return server_; }
    std::size_t size() const { return units_.size(); }
    /// Another device side of battery `i`, beside the one at the pseudo terminal; the Simulation must outlive it.
    std::unique_ptr<bms::Device> device(std::size_t i);
    const Installation& site(std::size_t i) const { return units_[i]->site; }
    /// What battery `i` asks for from now on; until the first time nothing flows.
    void set_orders(std::size_t i, const Orders& orders) { units_[i]->orders = orders; }

  private:
    struct Unit {
        Unit(const Sketch& sketch) : sketch(sketch), site(site_of(sketch)), current(sketch.current) {}
        Sketch sketch;
        Installation site;
        Number current;
        Orders orders;
        Reading reading;
    };
    void tick();

    Loop& loop_;
    double speed_;
    std::vector<std::unique_ptr<Unit>> units_;
    DeviceServer server_;
    Instant due_{};
    Wait timer_;
};

}  // namespace bmsd::sim
