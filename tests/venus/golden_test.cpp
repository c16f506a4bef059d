// The recorded trees: registration, polls, writes, link loss and recovery, compared path by path with type and text,
// the signals and the settings. core/dbus.md section 10, vectors/core/dbus-tree.json.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include "venus/golden_case.h"

namespace bmsd::venus {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using test::Item;
using test::Items;

const json::array& cases()
{
    static const json::value document = [] {
        std::ifstream file(BMSD_VECTORS "/core/dbus-tree.json");
        std::stringstream content;
        content << file.rdbuf();
        return json::parse(content.str());
    }();
    return document.as_array();
}

// Paths the contract does not have: docs/dbus.md.
bool ours(std::string_view path)
{
    return path == "/Info/NotSaved" || path.starts_with("/Info/Link/") ||
           path.starts_with("/Info/ChargeLimitationDetail") || path.starts_with("/Info/ChargeLimitationMeasured") ||
           path.starts_with("/Info/ChargeLimitationTarget") || path.starts_with("/Info/DischargeLimitationDetail") ||
           path.starts_with("/Info/DischargeLimitationMeasured") || path.starts_with("/Info/DischargeLimitationTarget");
}

bus::Value value_of(const json::object& entry)
{
    const json::value& value = entry.at("value");
    const auto type = entry.at("type").as_string();
    if (type == "d") return value.to_number<double>();
    if (type == "s") return std::string_view(value.as_string());
    if (type == "ai") return {};
    return value.to_number<std::int64_t>();
}

bool has_text_format(std::string_view path)
{
    for (const auto& row : paths()) {
        const auto stem = row.path.substr(0, row.path.find('{'));
        if (path.starts_with(stem) && (path.size() == row.path.size() || stem.size() < row.path.size())) {
            return row.format.decimals >= 0 || row.format.hex;
        }
    }
    return false;
}

// Empty when `item` is what the case wants, by the rules it calls "compare".
std::string difference(const std::string& path, const json::object& wanted, const Item& item)
{
    const std::string type(wanted.at("type").as_string()), text(wanted.at("text").as_string());
    const auto report = [&] {
        return path + ": " + item.type + " " + item.text + ", expected " + type + " " + text + "\n";
    };
    if (item.type != type) return report();
    if (text == "*") return {};
    if (type != "d" && type != "i") return item.text == text && item.value == value_of(wanted) ? "" : report();
    const double tolerance = path == "/TimeToGo" ? 1 : 1e-6;
    const double is = item.value.number().value_or(NAN), should = *value_of(wanted).number();
    if (!(std::abs(is - should) <= tolerance)) return report();
    if (path == "/TimeToGo") return item.text == std::to_string(static_cast<std::int64_t>(is)) ? "" : report();
    if (has_text_format(path)) return item.text == text ? "" : report();
    return std::abs(std::stod(item.text) - is) <= 1e-9 * std::abs(is) ? "" : report();
}

std::string differences(const std::map<std::string, json::object>& wanted, const Items& items)
{
    std::string result;
    for (const auto& [path, entry] : wanted) {
        const auto found = items.find(path);
        result += found == items.end() ? path + ": absent\n" : difference(path, entry, found->second);
    }
    for (const auto& [path, item] : items) {
        if (!wanted.contains(path) && !ours(path)) result += path + ": not expected\n";
    }
    return result;
}

struct Golden : testing::TestWithParam<std::size_t> {
    const json::object& vector = cases().at(GetParam()).as_object();
    test::PrivateBus daemon;
    test::JumpLoop loop;
    test::Client client{loop.real(), daemon.address()};
    std::unique_ptr<test::FakeSettings> settings;
    std::unique_ptr<bus::Connection> bus = *bus::Connection::open(loop, daemon.address(), nullptr);
    store::SettingsStore store{*bus};
    std::unique_ptr<Ess> ess;
    std::unique_ptr<GoldenBattery> battery;
    std::map<std::string, json::object> tree;  // as expected now

    bool until(const std::function<bool()>& done) { return test::run_until(loop.real(), done); }

    void registration()
    {
        loop.set_wall(vector.at("clock_start").to_number<double>());
        test::FakeSettings::Tree before;
        for (const auto& entry : vector.at("settings_before").as_array()) {
            before[std::string(entry.at("path").as_string())] = value_of(entry.as_object());
        }
        settings = std::make_unique<test::FakeSettings>(loop, daemon.address(), std::move(before));
        bool ready = false, registered = false;
        store.when_ready([&] { ready = true; });
        ASSERT_TRUE(until([&] { return settings->owns_name && ready; }));
        battery = std::make_unique<GoldenBattery>(vector, loop, daemon.address(), store);
        ASSERT_EQ(battery->name(), vector.at("bus_name").as_string());
        ess = std::make_unique<Ess>(*bus, [this](const control::EssSettings& seen) { battery->ess = seen; });
        battery->start([&] { registered = true; });
        ASSERT_TRUE(until([&] { return registered; }));
        store.clean_up();
        settle();
    }

    void settle()
    {
        for (int i = 0; i < 3; ++i) {
            client.value("com.victronenergy.settings", "/");
            client.value(battery->name(), "/State");
        }
    }

    void check_tree(const json::object& step)
    {
        if (const auto* whole = step.if_contains("tree")) {
            tree.clear();
            for (const auto& [path, entry] : whole->as_object()) tree[path] = entry.as_object();
        }
        if (const auto* changed = step.if_contains("changed")) {
            for (const auto& [path, entry] : changed->as_object()) tree[path] = entry.as_object();
        }
        const auto items = client.items(battery->name());
        ASSERT_TRUE(items) << items.error();
        EXPECT_EQ(differences(tree, *items), "");
    }

    void check_signals(const json::object& step)
    {
        settle();
        std::set<std::string> wanted, seen;
        for (const auto& path : step.at("signalled").as_array()) wanted.emplace(path.as_string());
        const auto owner = client.owner(battery->name());
        for (const auto& signal : client.signals) {
            if (signal.sender != owner) continue;
            EXPECT_EQ(signal.member, "ItemsChanged");
            for (const auto& [path, item] : signal.items) {
                if (!ours(path)) seen.insert(path);
            }
        }
        EXPECT_EQ(seen, wanted);
    }

    void check_settings(const json::object& wanted)
    {
        std::set<std::string> names;
        for (const auto& [path, entry] : wanted) {
            names.emplace(path);
            const auto found = settings->tree().find(path);
            ASSERT_NE(found, settings->tree().end()) << path;
            if (path.ends_with("/SocCalc") || path.ends_with("/HistoryValues")) continue;  // may be saved later
            EXPECT_EQ(wire_type(found->second), std::string(entry.at("type").as_string())) << path;
            EXPECT_EQ(text(found->second), text(value_of(entry.as_object()))) << path;
        }
        for (const auto& [path, value] : settings->tree()) {
            EXPECT_TRUE(!path.starts_with("/Settings/Devices/") || names.contains(path)) << path;
        }
    }

    void poll(const std::string& what)
    {
        const int times = std::stoi(what.substr(5));
        for (int i = 0; i < times; ++i) {
            loop.jump(1s);
            battery->poll();
            settle();
        }
    }

    void set_value(const json::object& step)
    {
        const auto result = client.set(battery->name(), std::string(step.at("path").as_string()), value_of(step));
        EXPECT_EQ(result, static_cast<int>(step.at("result").to_number<int>()));
        const auto* calls = step.if_contains("bms_calls_so_far");
        if (calls == nullptr) return;
        json::array seen;
        for (const auto& [name, value] : battery->bms_calls) seen.push_back(json::array{name, value});
        EXPECT_EQ(json::serialize(seen), json::serialize(*calls));
    }

    void run(const json::object& step)
    {
        const std::string what(step.at("do").as_string());
        client.signals.clear();
        if (what.starts_with("register"))
            registration();
        else if (what.starts_with("poll "))
            poll(what);
        else if (what == "SetValue")
            set_value(step);
        else if (what == "model change")
            battery->change_model(step.at("model").as_object());
        else if (what == "BMS stops answering")
            battery->answers = false;
        else if (what == "BMS answers again")
            battery->answers = true;
        else
            ASSERT_EQ(what, "end");
        if (HasFatalFailure()) return;
        if (const auto* clock = step.if_contains("clock")) {
            EXPECT_EQ(loop.wall(), clock->to_number<double>());
        }
        if (step.contains("tree") || step.contains("changed")) check_tree(step);
        if (step.contains("signalled")) check_signals(step);
        if (const auto* wanted = step.if_contains("settings")) check_settings(wanted->as_object());
    }
};

TEST_P(Golden, TheTreeIsAsRecorded)
{
    SCOPED_TRACE(std::string(vector.at("title").as_string()));
    int number = 0;
    for (const auto& step : vector.at("steps").as_array()) {
        SCOPED_TRACE("step " + std::to_string(number++) + ": " + std::string(step.at("do").as_string()));
        run(step.as_object());
        if (HasFatalFailure()) return;
    }
}

INSTANTIATE_TEST_SUITE_P(DbusTree, Golden, testing::Range<std::size_t>(0, cases().size()));

}  // namespace
}  // namespace bmsd::venus
