#include "sim/simulation.h"

#include <charconv>
#include <random>

#include "bms/catalogue.h"
#include "config/bms_types.h"

namespace bmsd::sim {
namespace {

constexpr auto step = std::chrono::seconds(1);

Result<double> number_of(std::string_view text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return Failure("no number: " + std::string(text));
    return value;
}

struct Option {
    std::string_view name;
    void (*set)(Sketch& sketch, double value);
    double least, most;
};

constexpr Option options[]{
    {"soc", [](Sketch& s, double v) { s.soc = v; }, 0, 100},
    {"cells", [](Sketch& s, double v) { s.cells = static_cast<std::size_t>(v); }, 1, 32},
    {"capacity", [](Sketch& s, double v) { s.capacity = v; }, 1, 2000},
    {"current", [](Sketch& s, double v) { s.current = v; }, -500, 500},
    {"temperature", [](Sketch& s, double v) { s.temperature = v; }, -40, 80},
    {"runaway", [](Sketch& s, double v) { s.runaway = v; }, 0, 20},
    {"seed", [](Sketch& s, double v) { s.seed = static_cast<std::uint64_t>(v); }, 0, 1e9},
    {"day", [](Sketch& s, double v) { s.day_length = v; }, 60, 86400},
    {"hour", [](Sketch& s, double v) { s.start_hour = v; }, 0, 24},
    {"address", [](Sketch& s, double v) { s.line.address = static_cast<std::uint8_t>(v); }, 0, 255},
};

Result<void> set_option(Sketch& sketch, std::string_view name, std::string_view value)
{
    if (name == "chemistry") {
        if (value != "lfp" && value != "nmc") return Failure("chemistry is lfp or nmc");
        sketch.chemistry = value == "nmc" ? Chemistry::nmc : Chemistry::lfp;
        return {};
    }
    const auto number = number_of(value);
    if (!number) return Failure(number.error());
    for (const Option& option : options) {
        if (option.name != name) continue;
        if (!(*number >= option.least && *number <= option.most))
            return Failure(std::string(name) + " is out of range: " + std::string(value));
        option.set(sketch, *number);
        return {};
    }
    return Failure("a simulated battery has no option " + std::string(name));
}

}  // namespace

InstallationSpec site_of(const Sketch& sketch)
{
    std::mt19937_64 random(sketch.seed);
    std::uniform_real_distribution<> spread(-0.01, 0.01);
    InstallationSpec site;
    PackSpec& pack = site.pack;
    pack.chemistry = sketch.chemistry;
    pack.seed = sketch.seed;
    for (std::size_t i = 0; i < sketch.cells; ++i) {
        CellSpec cell;
        cell.capacity = sketch.capacity * (1 + spread(random));
        cell.resistance *= 100 / sketch.capacity * (1 + 5 * spread(random));
        cell.polarisation *= 100 / sketch.capacity;
        // balanced at the top, as a pack that was charged full before: the smaller cell has been emptied further
        cell.soc = 1 - (1 - sketch.soc / 100) * sketch.capacity / cell.capacity + 0.02 * spread(random);
        pack.cells.push_back(cell);
    }
    if (sketch.runaway > 0) pack.cells[pack.cells.size() / 2].soc += sketch.runaway / 100;
    pack.max_charge_current = pack.max_discharge_current = sketch.capacity;
    pack.guards = usual_guards(sketch.chemistry, sketch.cells, pack.max_charge_current, pack.max_discharge_current);
    pack.heat.sensors = {0, 0.5, 0.2, 0.3};  // as many as any device has places for
    pack.heat.start = pack.heat.ambient = sketch.temperature;
    const double nominal =
        voltages(sketch.chemistry).charge * static_cast<double>(sketch.cells) * sketch.capacity;  // Wh
    site.day.length = sketch.day_length;
    site.day.peak = 0.5 * nominal;
    site.day.base_load = 0.03 * nominal;
    site.day.burst_load = 0.25 * nominal;
    site.day.mean_temperature = sketch.temperature;
    site.day.seed = sketch.seed;
    site.start = sketch.start_hour / 24 * sketch.day_length;
    return site;
}

Result<Sketch> parse_sketch(std::string_view text)
{
    constexpr std::string_view prefix = "sim:";
    if (!text.starts_with(prefix)) return Failure("no simulated battery: " + std::string(text));
    text.remove_prefix(prefix.size());
    Sketch sketch;
    const auto type = text.substr(0, text.find(','));
    sketch.entry = bms::find(type);
    if (sketch.entry == nullptr) sketch.entry = bms::find(config::type_meant_by(type));
    if (sketch.entry == nullptr) return Failure(config::unknown_bms_type(type));
    sketch.line = sketch.entry->lines.front();
    text.remove_prefix(type.size());
    while (!text.empty()) {
        text.remove_prefix(1);
        const auto option = text.substr(0, text.find(','));
        const auto equals = option.find('=');
        if (equals == std::string_view::npos) return Failure("an option is name=value: " + std::string(option));
        const auto set = set_option(sketch, option.substr(0, equals), option.substr(equals + 1));
        if (!set) return Failure(set.error());
        text.remove_prefix(option.size());
    }
    return sketch;
}

Simulation::Simulation(Loop& loop, const std::vector<Sketch>& batteries, DeviceServer::Options server, double speed)
    : loop_(loop), speed_(speed), server_(loop, std::move(server))
{
    for (const Sketch& sketch : batteries) {
        auto unit = std::make_unique<Unit>(sketch);
        unit->site.pack().fill(unit->reading);
        if (sketch.entry->transport != bms::Transport::ble)
            server_.add(sketch.entry->device(unit->reading, sketch.line));
        units_.push_back(std::move(unit));
    }
    due_ = loop_.now() + step;
    timer_ = loop_.at(due_, [this] { tick(); });
}

std::unique_ptr<bms::Device> Simulation::device(std::size_t i)
{
    Unit& unit = *units_[i];
    return unit.sketch.entry->device(unit.reading, unit.sketch.line);
}

void Simulation::tick()
{
    for (auto& unit : units_) {
        Pack& pack = unit->site.pack();
        pack.obey(unit->reading);
        if (unit->current) {
            pack.step(speed_ * to_seconds(step), *unit->current);
        } else {
            unit->site.step(speed_ * to_seconds(step), unit->orders);
        }
        pack.fill(unit->reading);
    }
    due_ += step;
    timer_ = loop_.at(due_, [this] { tick(); });
}

}  // namespace bmsd::sim
