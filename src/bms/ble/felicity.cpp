// Felicity batteries over Bluetooth: JSON. What it means: docs/bms/ble/felicity.md
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cmath>

#include "bms/language/ble_rows.h"
#include "bms/language/text.h"
#include "bms/language/told.h"

namespace bmsd::bms::ble {
namespace {

namespace json = boost::json;

constexpr std::string_view ask_basic = "wifilocalMonitor:get dev basice infor";
constexpr std::string_view ask_real_time = "wifilocalMonitor:get dev real infor";
constexpr std::int64_t protocol = 1, no_cell = 65535, no_sensor = 32767;

Bytes request(std::string_view text)
{
    return {text.begin(), text.end()};
}

/// One object without another in it.
std::size_t object_length(ByteView so_far)
{
    const auto end = std::find(so_far.begin(), so_far.end(), '}');
    return static_cast<std::size_t>(end - so_far.begin()) + 1;
}
const Framing objects{.start = "{", .length = object_length};

/// Of one of both replies; `mine` is a member that only it has.
Reply<json::object> open(ByteView text, std::string_view mine)
{
    boost::system::error_code error;
    auto value = json::parse(json::string_view(as_text(text)), error);
    if (error || !value.is_object()) return refuse(Refusal::bad_start);  // the object may begin further on
    const auto* version = value.get_object().if_contains("CommVer");
    if (version == nullptr || *version != protocol) return refuse(Refusal::bad_content);
    if (!value.get_object().contains(mine)) return refuse(Refusal::wrong_echo);
    return std::move(value.get_object());
}

/// The whole number at [row][column] of a member; of a member that is a number itself without them.
std::optional<std::int64_t> number_at(const json::object& object, std::string_view name,
                                      std::initializer_list<std::size_t> path)
{
    const json::value* value = object.if_contains(name);
    for (const std::size_t index : path)
        value = value != nullptr && value->is_array() ? value->get_array().if_contains(index) : nullptr;
    if (value == nullptr || !value->is_number()) return std::nullopt;
    boost::system::error_code error;
    const auto number = value->to_number<std::int64_t>(error);
    return error ? std::nullopt : std::optional(number);
}

Text text_at(const json::object& object, std::string_view name)
{
    const json::value* value = object.if_contains(name);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return value->get_string().empty() ? Text() : Text(std::string(value->get_string()));
    const auto number = number_at(object, name, {});
    return number ? Text(std::to_string(*number)) : std::nullopt;
}

struct Limit {
    std::size_t row, column;
    Number Telemetry::*member;
};
constexpr Limit limits[]{{0, 0, &Telemetry::max_battery_voltage},
                         {0, 1, &Telemetry::min_battery_voltage},
                         {1, 0, &Telemetry::max_charge_current},
                         {1, 1, &Telemetry::max_discharge_current}};

/// The first list of them; up to the first place without a cell.
Reply<void> take_cells(const json::object& object, Telemetry& t)
{
    t.cell_voltages.clear();
    for (std::size_t i = 0; i < max_cells; ++i) {
        const auto cell = number_at(object, "BatcelList", {0, i});
        if (!cell || *cell == no_cell) break;
        t.cell_voltages.push_back(*cell == 0 ? Number() : Number(scaled(*cell, 0.001)));
    }
    const auto count = static_cast<std::int64_t>(t.cell_voltages.size());
    if (count == 0 || t.cell_count.value_or(count) != count) return refuse(Refusal::bad_content);
    t.cell_count = count;
    return {};
}

void take_temperatures(const json::object& object, Telemetry& t)
{
    t.temperatures = {};
    std::size_t place = 0;
    for (std::size_t i = 0; i < max_cells && place < sensor_count; ++i) {
        const auto sensor = number_at(object, "BtemList", {0, i});
        if (!sensor) break;
        if (*sensor != no_sensor) t.temperatures[place++] = scaled(*sensor, 0.1);
    }
}

void take_problem_numbers(const json::object& object, Telemetry& t)
{
    const auto fault = number_at(object, "Bfault", {}), warning = number_at(object, "Bwarn", {});
    t.problem_code.reset();
    t.alarms[Alarm::internal_failure].reset();
    if (fault && warning) take_problem(static_cast<std::uint64_t>(*fault) + static_cast<std::uint64_t>(*warning), t);
}

Reply<void> take_real_time(const json::object& object, Telemetry& t)
{
    const auto millivolts = number_at(object, "Batt", {0, 0}), tenths = number_at(object, "Batt", {1, 0});
    const auto soc = number_at(object, "BatsocList", {0, 0}), capacity = number_at(object, "BatsocList", {0, 2});
    if (!millivolts || !tenths || !soc || !capacity) return refuse(Refusal::bad_content);
    const auto cells = take_cells(object, t);
    if (!cells) return cells;
    t.voltage = scaled(*millivolts, 0.001);
    t.current = scaled(*tenths, 0.1);
    t.soc = scaled(*soc, 0.01);
    t.capacity = scaled(*capacity, 0.001);
    t.capacity_remaining = std::round(*t.soc * *t.capacity * 10) / 1000;
    take_temperatures(object, t);
    take_problem_numbers(object, t);
    for (const Limit& limit : limits) {
        const auto raw = number_at(object, "LVolCur", {limit.row, limit.column});
        t.*limit.member = raw ? Number(scaled(*raw, 0.1)) : std::nullopt;
    }
    return {};
}

class Felicity final : public Host {
    using Host::Host;

    Task<Reply<void>> greet(Channel& channel, Reading& reading) override
    {
        reading.telemetry.cell_count.reset();
        const Bytes asked = request(ask_basic);
        const Asking asking{.request = asked, .framing = objects, .once = true};
        const auto basic = co_await ask(channel, asking, [](ByteView text) { return open(text, "M1SwVer"); });
        if (!basic && basic.error() == Refusal::link_lost) co_return refuse(basic.error());
        const json::object told = basic.value_or(json::object());
        reading.identity.serial_number = text_at(told, "DevSN");
        reading.identity.firmware_version = text_at(told, "M1SwVer");
        reading.identity.model_name = text_at(told, "Type");
        co_return Reply<void>{};
    }

    Task<Reply<void>> read(Channel& channel, Reading& reading) override
    {
        const Bytes asked = request(ask_real_time);
        const auto take = [&](ByteView text) -> Reply<void> {
            const auto object = open(text, "Batt");
            return object ? take_real_time(*object, reading.telemetry) : refuse(object.error());
        };
        const Asking asking{.request = asked, .framing = objects};
        co_return co_await ask(channel, asking, take);
    }
};

class FelicityDevice final : public Device {
  public:
    explicit FelicityDevice(Reading& truth) : truth_(truth) {}

    std::size_t receive(ByteView input, Bytes& reply) override
    {
        const auto basic = begins_with(input, request(ask_basic)), real = begins_with(input, request(ask_real_time));
        if (basic.value_or(0) != 0) append(reply, basic_text());
        if (real.value_or(0) != 0) append(reply, real_text());
        return basic || real ? std::max(basic.value_or(0), real.value_or(0)) : 1;
    }

  private:
    Bytes basic_text() const
    {
        return request(fmt::format(R"({{"CommVer":1,"DevSN":"{}","M1SwVer":519,"Type":112}})",
                                   truth_.identity.serial_number.value_or("100011002424470238")));
    }

    static std::int64_t raw(const Number& value, double scale, std::int64_t nothing = 0)
    {
        return value ? std::llround(*value / scale) : nothing;
    }

    Bytes real_text() const
    {
        const Telemetry& t = truth_.telemetry;
        std::vector<std::int64_t> cells, sensors;
        for (const Number& cell : t.cell_voltages) cells.push_back(raw(cell, 0.001));
        for (const Number& sensor : t.temperatures) sensors.push_back(raw(sensor, 0.1, no_sensor));
        return request(fmt::format(
            R"({{"CommVer":1,"Batt":[[{}],[{}]],"BatsocList":[[{},1000,{}]],"BatcelList":[[{},65535]],"BtemList":[[{}]],)"
            R"("LVolCur":[[{},{}],[{},{}]],"Bfault":{},"Bwarn":0}})",
            raw(t.voltage, 0.001), raw(t.current, 0.1), raw(t.soc, 0.01), raw(t.capacity, 0.001), fmt::join(cells, ","),
            fmt::join(sensors, ","), raw(t.max_battery_voltage, 0.1), raw(t.min_battery_voltage, 0.1),
            raw(t.max_charge_current, 0.1), raw(t.max_discharge_current, 0.1), t.problem_code.value_or(0)));
    }

    Reading& truth_;
};

constexpr Gatt gatt[]{{.service = "6e6f736a-4643-4d44-8fa9-0fafd005e455",
                       .notify = "49535458-8341-43f4-a9d4-ec0e34729bb3",
                       .write = "49535258-184d-4bd9-bc61-20c647249616"}};
constexpr std::string_view delivers[]{"serial_number",
                                      "firmware_version",
                                      "model_name",
                                      "cell_count",
                                      "cell_voltages",
                                      "voltage",
                                      "current",
                                      "soc",
                                      "capacity",
                                      "capacity_remaining",
                                      "temperatures",
                                      "max_battery_voltage",
                                      "min_battery_voltage",
                                      "max_charge_current",
                                      "max_discharge_current",
                                      "problem_code",
                                      "alarms"};

}  // namespace

extern const Entry felicity_bms;
const Entry felicity_bms{
    .name = "aiobmsble_felicity_bms",
    .type = "Felicity Solar LiFePo4 battery",
    .sheet = "ble/felicity",
    .brands = "Felicity Solar (FLA, FLB, LUX-Y series; F07..., F10...)",
    .wiring = "Bluetooth",
    .lines = lines,
    .delivers = delivers,
    .make = make<Felicity, felicity_bms>,
    .device = [](Reading& truth, const Line&) -> std::unique_ptr<Device> {
        return std::make_unique<FelicityDevice>(truth);
    },
    .gatt = gatt,
    .transport = Transport::ble,
    .unchecked = "JSON without a checksum",
};

}  // namespace bmsd::bms::ble
