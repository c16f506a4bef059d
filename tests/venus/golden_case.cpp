#include "venus/golden_case.h"
#include "store/setting_names.h"

#include <stdexcept>

#include "bms/language/identity.h"
#include "model/json.h"
#include "venus/names.h"

namespace bmsd::venus {
namespace {

namespace json = boost::json;

config::Config config_of(const json::object& changed)
{
    std::string text = "[DEFAULT]\n";
    for (const auto& [key, value] : changed) text += std::string(key) + " = " + std::string(value.as_string()) + "\n";
    auto loaded = config::load(text);
    if (!loaded.issues.empty()) throw std::runtime_error("the case has a bad configuration");
    return loaded.config;
}

// What the case calls a control, in the words of the model.
constexpr std::pair<std::string_view, Command::Kind> control_names[]{
    {"ForceChargingOff", Command::Kind::force_charging_off},
    {"ForceDischargingOff", Command::Kind::force_discharging_off},
    {"TurnBalancingOff", Command::Kind::turn_balancing_off},
    {"TurnHeatingOff", Command::Kind::turn_heating_off},
    {"ResetSocTo", Command::Kind::set_soc},
};

Commands commands_of(const json::array& controls)
{
    std::vector<Command::Kind> kinds;
    for (const auto& [name, kind] : control_names) {
        for (const auto& control : controls) {
            if (control.as_string() == name) kinds.push_back(kind);
        }
    }
    switch (kinds.size()) {
        case 0:
            return {};
        case 3:
            return {kinds[0], kinds[1], kinds[2]};
        default:
            throw std::runtime_error("a number of controls no case has had so far");
    }
}

Place place_of(const json::object& bms)
{
    Place place;
    place.device = std::string(bms.at("port").as_string());
    const std::string address(bms.at("address").as_string());
    place.address_bytes = std::string(1, static_cast<char>(std::stoi(address, nullptr, 16)));
    if (bms.at("address_configured").as_bool()) place.configured = address;
    return place;
}

}  // namespace

GoldenBattery::GoldenBattery(const json::object& vector, test::JumpLoop& loop, const std::string& address,
                             store::Store& store)
    : vector_(vector),
      bms_(vector.at("bms").as_object()),
      loop_(loop),
      address_(address),
      name_(bus_name(place_of(bms_))),
      store_(store),
      config_(config_of(vector.at("config_changed").as_object()))
{
    reading_.identity.type = std::string(bms_.at("type").as_string());
    change_model(vector.at("model").as_object());
    if (const auto* id = bms_.if_contains("unique_id"))
        reading_.identity.unique_id = std::string(id->as_string());
    else
        reading_.identity.unique_id = bms::common_unique_id(reading_);
}

void GoldenBattery::change_model(const json::object& change)
{
    const auto result = from_json(change, reading_);
    if (!result) throw std::runtime_error(result.error());
    for (const auto& field : bms_.at("history_from_bms").as_array()) {
        if (field.as_string() != "charge_cycles") throw std::runtime_error("history no case has had so far");
        reading_.telemetry.history.charge_cycles = static_cast<double>(reading_.telemetry.cycles.value_or(0));
    }
}

control::Now GoldenBattery::now() const
{
    return {loop_.wall(), loop_.wall()};  // the loop's steady clock runs on between the steps
}

control::Input GoldenBattery::input() const
{
    control::Input input;
    input.good = answers;
    input.telemetry = &reading_.telemetry;
    input.ess = ess;
    return input;
}

void GoldenBattery::start(std::function<void()> registered)
{
    store::Record::Events events;
    events.ready = [this, registered = std::move(registered)](const store::Saved& saved) { begin(saved, registered); };
    const store::RecordKey key{store::sanitised(*reading_.identity.unique_id), "", config_.soc_calculation};
    record_ = store_.open(key, std::move(events));
}

void GoldenBattery::begin(const store::Saved& saved, std::function<void()> registered)
{
    const Place place = place_of(bms_);
    Context context;
    context.config = &config_;
    context.process_name = context.process_version = "any";
    context.connection = connection_text(place);
    context.product_name = product_name(*reading_.identity.unique_id, place, *reading_.identity.type);
    context.serial = store::sanitised(*reading_.identity.unique_id);
    context.custom_name = saved.custom_name;
    context.device_instance = saved.instance;
    context.cell_count = static_cast<std::size_t>(*reading_.telemetry.cell_count);
    context.commands = commands_of(bms_.at("controls").as_array());

    snapshot_.identity = reading_.identity;
    snapshot_.telemetry = reading_.telemetry;
    controller_ =
        std::make_unique<control::Controller>(config_, control::Traits{false, saved.errors}, saved.stored, now());
    controller_->start(input(), now(), snapshot_);
    Control& control = *this;
    service_ = std::make_unique<Service>(loop_, address_, name_, context, control,
                                         Service::Events{std::move(registered), nullptr});
    service_->start(snapshot_);
}

void GoldenBattery::poll()
{
    controller_->step(input(), now(), snapshot_);
    service_->publish(snapshot_);
    record_->save(controller_->stored());
}

Result<void> GoldenBattery::command(const Command& command)
{
    for (const auto& [name, kind] : control_names) {
        if (kind == command.kind) bms_calls.emplace_back(name, static_cast<int>(command.value));
    }
    return {};
}

Result<void> GoldenBattery::clear_history(int group)
{
    if (!controller_->clear_history(group)) return Failure("no such group");
    return {};
}

void GoldenBattery::set_custom_name(const std::string& name, Done done)
{
    record_->set_custom_name(name, std::move(done));
}

}  // namespace bmsd::venus
