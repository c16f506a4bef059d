// Properties over many files: what is valid comes back, and whatever is read leaves a configuration to run with.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "config/document.h"
#include "config/old_keys.h"
#include "loading.h"

namespace bmsd::config {
namespace {

using Random = std::mt19937;

int pick(Random& random, int least, int most)
{
    return std::uniform_int_distribution<int>(least, most)(random);
}

std::string number_within(Random& random, const Bounds& bounds, bool whole)
{
    if (whole) return std::to_string(pick(random, static_cast<int>(bounds.least), static_cast<int>(bounds.most)));
    return to_text(std::uniform_real_distribution<double>(bounds.least, bounds.most)(random));
}

std::string some_text(Random& random)
{
    static const std::string letters = "abcXYZ019 %%=:;#/[]\"_-";
    std::string text = "x";
    for (int i = pick(random, 0, 12); i > 0; --i) {
        text += letters[static_cast<std::size_t>(pick(random, 0, static_cast<int>(letters.size()) - 1))];
    }
    text += 'y';
    return text;
}

/// A valid text for a key; nullopt where the default will do.
std::optional<std::string> some_value(Random& random, const Key& key)
{
    const auto type = type_of(key);
    if (type == "bool") return pick(random, 0, 1) == 1 ? "True" : "False";
    if (const auto choices = choices_of(key); !choices.empty()) {
        return std::string(choices[static_cast<std::size_t>(pick(random, 0, static_cast<int>(choices.size()) - 1))]);
    }
    const auto bounds = bounds_of(key);
    if (type == "int" || type == "float") return number_within(random, *bounds, type == "int");
    if (key.name == "MQTT_PUBLISH_BROKER") return "mqtt://host" + std::to_string(pick(random, 0, 99));
    if (type == "string") return "x" + std::to_string(pick(random, 0, 99)) + "%%y";
    if (key.item == Item::hex) return "0x" + std::to_string(pick(random, 10, 99));
    if (key.item == Item::ble) return "Jkbms_Ble C8:47:8C:00:00:" + std::to_string(pick(random, 10, 99));
    if (key.item == Item::can_interface) return "can" + std::to_string(pick(random, 0, 9));
    if (key.item == Item::bms_type) return "LltJbd, Daly_Can";
    if (type == "list<string>") return "a" + std::to_string(pick(random, 0, 9)) + ", b";
    return std::nullopt;
}

std::string lines_of(const Config& config, std::string_view end)
{
    std::string lines;
    for (const Key* key : keys()) lines += to_line(*key, value_of(config, *key)) + std::string(end);
    return lines;
}

TEST(ConfigRandom, ValidConfigurationsComeBack)
{
    for (unsigned seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE(seed);
        Random random(seed);
        Config wanted = defaults();
        for (const Key* key : keys()) {
            const auto text = some_value(random, *key);
            if (text && pick(random, 0, 2) == 0) {
                ASSERT_TRUE(set_from_text(wanted, key->name, *text)) << key->name << " = " << *text;
            }
        }
        wanted = load_options(lines_of(wanted, "\n")).config;  // after the rules over several keys
        const Loaded loaded = load_options(lines_of(wanted, "\r\n"));
        EXPECT_EQ(diff(wanted, loaded.config), std::vector<std::string_view>{});
        Config shown = load(difference_ini(wanted)).config;
        for (const Key* key : keys())
            if (key->sensitive) set_value(shown, *key, value_of(wanted, *key));
        EXPECT_EQ(diff(wanted, shown), std::vector<std::string_view>{});
        for (const Issue& issue : loaded.issues) {
            // What is only told, and not set right, is told again.
            const std::vector<std::string_view> told{"R11", "R19", "R20", "R21", "R22", "R23", "R24"};
            EXPECT_NE(std::ranges::find(told, issue.rule), told.end()) << describe(issue);
        }
    }
}

TEST(ConfigRandom, TextsComeBack)
{
    for (unsigned seed = 1; seed <= 500; ++seed) {
        Random random(seed);
        Config wanted = defaults();
        wanted.temperature_1_name = some_text(random);
        const Key& key = *find("TEMPERATURE_1_NAME");
        const Loaded loaded = load_options(to_line(key, value_of(wanted, key)));
        EXPECT_EQ(loaded.config.temperature_1_name, wanted.temperature_1_name) << seed;
    }
}

/// What control relies on, whatever the file.
void expect_safe(const Config& config)
{
    EXPECT_LT(config.min_cell_voltage, config.max_cell_voltage);
    EXPECT_LE(config.float_cell_voltage, config.max_cell_voltage);
    EXPECT_GE(config.float_cell_voltage, config.min_cell_voltage);
    if (!config.block_on_disconnect) {
        EXPECT_GE(config.block_on_disconnect_voltage_min, config.min_cell_voltage);
        EXPECT_LE(config.block_on_disconnect_voltage_max, config.max_cell_voltage);
        EXPECT_LT(config.block_on_disconnect_voltage_min, config.block_on_disconnect_voltage_max);
    }
    for (const Key* key : keys()) {
        const Value value = value_of(config, *key);
        const Bounds bounds = bounds_of(*key).value_or(Bounds{-1e9, 1e9});
        const auto within = [&](double number) {
            return std::isfinite(number) && number >= bounds.least && number <= bounds.most;
        };
        if (const auto* number = std::get_if<double>(&value)) {
            EXPECT_TRUE(within(*number)) << key->name;
        }
        const auto* list = std::get_if<std::vector<double>>(&value);
        if (list == nullptr) continue;
        EXPECT_GE(list->size(), key->least) << key->name;
        EXPECT_TRUE(std::ranges::all_of(*list, within)) << key->name;
        if (!key->pair.empty()) {
            EXPECT_EQ(list->size(), std::get<std::vector<double>>(value_of(config, key->pair)).size()) << key->name;
        }
        if (key->monotonic) {
            EXPECT_TRUE(std::ranges::is_sorted(*list) || std::ranges::is_sorted(*list, std::greater<>())) << key->name;
        }
    }
}

std::string some_junk(Random& random)
{
    static const std::vector<std::string> junk{"",
                                               "0",
                                               "-1",
                                               "1",
                                               "3.3",
                                               "3,3",
                                               "1e9",
                                               "-1e9",
                                               "nan",
                                               "True",
                                               "no",
                                               "0x01, 02",
                                               "0, 1",
                                               "1, 0",
                                               "3.5, 3.4, 3.3",
                                               "0, 0.05, 0.5, 1",
                                               "4, 3, 5",
                                               ",",
                                               "%(A)s",
                                               "0.9",
                                               "x\n  y",
                                               "1,\n 2",
                                               "99999999999999999999",
                                               "\xE4",
                                               "5, 10, 15, 20, 25"};
    return junk[static_cast<std::size_t>(pick(random, 0, static_cast<int>(junk.size()) - 1))];
}

TEST(ConfigRandom, AnyValuesLeaveASafeConfiguration)
{
    for (unsigned seed = 1; seed <= 600; ++seed) {
        SCOPED_TRACE(seed);
        Random random(seed);
        std::string text = "[DEFAULT]\n";
        for (int i = pick(random, 1, 20); i > 0; --i) {
            const auto& old =
                old_keys()[static_cast<std::size_t>(pick(random, 0, static_cast<int>(old_keys().size()) - 1))];
            const auto* key = keys()[static_cast<std::size_t>(pick(random, 0, static_cast<int>(keys().size()) - 1))];
            text += std::string(pick(random, 0, 3) == 0 ? old.name : key->name) + " = " + some_junk(random) + "\n";
        }
        const Loaded loaded = load(text);
        expect_safe(loaded.config);
        for (const Issue& issue : loaded.issues) {
            EXPECT_FALSE(issue.message.empty());
            EXPECT_EQ(issue.message.find('\n'), std::string::npos) << issue.message;
        }
    }
}

TEST(ConfigRandom, AnyBytesAreSurvived)
{
    static const std::string likely = "[]=:;# \t\r\n\n\n,.0123456789%xDEFAULTMAX_CELL_VOLTAGE";
    for (unsigned seed = 1; seed <= 900; ++seed) {
        SCOPED_TRACE(seed);
        Random random(seed);
        std::string text = seed % 3 == 0 ? "" : "[DEFAULT]\n";
        for (int i = pick(random, 0, 300); i > 0; --i) {
            const bool any = seed % 5 == 0;
            text += any ? static_cast<char>(pick(random, 0, 255))
                        : likely[static_cast<std::size_t>(pick(random, 0, static_cast<int>(likely.size()) - 1))];
        }
        expect_safe(load(text).config);
    }
    // The documented file with bytes changed: most of it still means something.
    const std::string whole = default_ini();
    for (unsigned seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(seed);
        Random random(seed);
        std::string text = whole;
        for (int i = 0; i < 50; ++i) {
            text[static_cast<std::size_t>(pick(random, 0, static_cast<int>(text.size()) - 1))] =
                static_cast<char>(pick(random, 0, 255));
        }
        expect_safe(load(text).config);
    }
}

}  // namespace
}  // namespace bmsd::config
