#include "config/document.h"

#include <gtest/gtest.h>

#include <algorithm>

#include <boost/json/parse.hpp>

#include <filesystem>
#include <map>

#include "config/old_keys.h"
#include "loading.h"
#include "util/file.h"

namespace bmsd::config {
namespace {

namespace json = boost::json;

TEST(ConfigDocument, TheDocumentedFileReadsBackAsTheDefaults)
{
    const std::string text = default_ini();
    const Loaded loaded = load(text, "config.default.ini");
    EXPECT_TRUE(loaded.issues.empty());
    EXPECT_EQ(loaded.config, defaults());
    for (const Key* key : keys()) {
        EXPECT_NE(text.find("\n" + std::string(key->name) + " ="), std::string::npos) << key->name;
    }
    EXPECT_NE(text.find("; Charge voltage limit"), text.find("; ----- Cell voltages -----"));
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
        const auto line = text.substr(at, text.find('\n', at) - at);
        EXPECT_LE(line.size(), 120U) << line;
        EXPECT_FALSE(line.ends_with(' ')) << line;
    }
}

TEST(ConfigDocument, ExplainsEachKey)
{
    for (const Key* key : keys()) {
        const auto text = explain(key->name);
        ASSERT_TRUE(text);
        for (const auto part : {key->name, type_of(*key), group_of(*key), range_of(*key)}) {
            EXPECT_NE(text->find(part), std::string::npos) << key->name << ": " << part;
        }
    }
    EXPECT_EQ(*explain("float_cell_voltage"),
              "FLOAT_CELL_VOLTAGE (Cell voltages)\n\n"
              "  Times the number of cells: charge voltage limit (CVL) in float.\n\n"
              "  type      float\n"
              "  unit      V\n"
              "  default   3.375\n"
              "  range     1.0..5.0\n"
              "  empty     not allowed\n"
              "  since     1.0.0 beta\n"
              "  defaults  3.35 (from 1.0.0beta20230426); 3.375 (from 1.0.0beta20230503)\n");
}

TEST(ConfigDocument, ExplainsOldAndUnknownNames)
{
    for (const OldKey& old : old_keys()) EXPECT_NE(explain(old.name)->find(old.renamed), std::string::npos);
    EXPECT_EQ(*explain("CAN_SPEED"),
              "CAN_SPEED no longer exists since release 1.5.20241125: set the bit rate in the CAN profile of the GX "
              "device.\n");
    EXPECT_EQ(explain("MAX_CEL_VOLTAGE").error(),
              "there is no setting MAX_CEL_VOLTAGE; did you mean MAX_CELL_VOLTAGE?");
    EXPECT_EQ(explain("xyzzy").error(), "there is no setting xyzzy");
}

TEST(ConfigDocument, IsSearchedByWords)
{
    const auto names = [](const std::vector<std::string>& words) {
        std::vector<std::string_view> found;
        for (const Key* key : search(words)) found.push_back(key->name);
        return found;
    };
    EXPECT_EQ(names({"midpoint"}), std::vector<std::string_view>{"MIDPOINT_ENABLE"});
    const auto floats = names({"FLOAT", "cell voltage"});
    EXPECT_NE(std::ranges::find(floats, "FLOAT_CELL_VOLTAGE"), floats.end());
    EXPECT_EQ(search({}).size(), keys().size());
    EXPECT_TRUE(search({"xyzzy"}).empty());
}

TEST(ConfigDocument, PublishesWhatTheRecordingShows)
{
    const auto recorded = json::parse(read_file(BMSD_VECTORS "/core/dbus-info-config.json").value());
    Config config = defaults();
    ASSERT_TRUE(set_from_text(config, "BMS_TYPE", "LltJbd, Daly"));
    config.publish_config_values = true;
    std::map<std::string, json::value> values;
    for (const auto& [name, value] : published_values(config)) values["/Info/Config/" + name] = to_json(value);
    const auto& items = recorded.at("items").get_array();
    EXPECT_EQ(values.size(), items.size() - 1);
    for (const auto& item : items) {
        const std::string path(item.at("path").get_string());
        if (path == "/Info/Config/MQTT_USERNAME") continue;  // a secret here
        ASSERT_TRUE(values.contains(path)) << path;
        EXPECT_EQ(values[path], item.at("value")) << path;
    }
}

TEST(ConfigDocument, DifferencesAreAFileWithTheDefaultsBeside)
{
    EXPECT_EQ(difference_ini(defaults()), "; nothing differs from the defaults\n");
    const Config config = load(
                              "[DEFAULT]\nMAX_BATTERY_CHARGE_CURRENT = 70\nMIN_CELL_VOLTAGE = 2.90\n"
                              "TEMPERATURE_1_NAME = 80 %%\n")
                              .config;
    EXPECT_EQ(difference_ini(config),
              "[DEFAULT]\n\n; default: 50.0\nMAX_BATTERY_CHARGE_CURRENT = 70\n"
              "\n; default: Temp 1\nTEMPERATURE_1_NAME = 80 %%\n");
}

TEST(ConfigDocument, ASecretStaysOne)
{
    Config config = defaults();
    config.mqtt_password = config.mqtt_username = "secret";
    for (const auto& [name, value] : published_values(config)) {
        EXPECT_NE(name, "MQTT_PASSWORD");
        EXPECT_NE(name, "MQTT_USERNAME");
        EXPECT_EQ(to_text(value).find("secret"), std::string::npos);
    }
    EXPECT_EQ(difference_ini(config),
              "[DEFAULT]\n\n; default: (empty)\n; MQTT_USERNAME is set, but never shown\n"
              "\n; default: (empty)\n; MQTT_PASSWORD is set, but never shown\n");
    EXPECT_FALSE(to_json(config).contains("MQTT_PASSWORD"));
    const auto secrets = std::ranges::count_if(keys(), [](const Key* key) { return key->sensitive; });
    EXPECT_EQ(to_json(config).size(), keys().size() - static_cast<std::size_t>(secrets));
}

TEST(ConfigFile, MissingIsFineAndUnreadableIsAnError)
{
    const auto folder = std::filesystem::temp_directory_path() / ("bmsd-config-" + std::to_string(::getpid()));
    const std::string path = (folder / "config.ini").string();
    EXPECT_TRUE(load_file(path).issues.empty());
    ASSERT_TRUE(write_file(path, "[DEFAULT]\nMAX_CELL_VOLTAGE = 9\n"));
    const Loaded wrong = load_file(path);
    ASSERT_EQ(wrong.issues.size(), 1U);
    EXPECT_EQ(describe(wrong.issues[0]), path +
                                             ":2: error: MAX_CELL_VOLTAGE: 9 is outside 1.0..5.0; 3.450 is used. "
                                             "Allowed: 1.0..5.0 V.");
    const Loaded folder_instead = load_file(folder.string());
    EXPECT_TRUE(folder_instead.has_errors());
    EXPECT_EQ(folder_instead.config, defaults());
    const std::string fifo = (folder / "fifo").string();
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    EXPECT_TRUE(load_file(fifo).has_errors()) << "and nobody waits for a writer";
    ASSERT_TRUE(write_file(path, "[DEFAULT]\n" + std::string(1U << 20, ';')));
    const Loaded large = load_file(path);
    ASSERT_TRUE(large.has_errors());
    EXPECT_NE(large.issues[0].message.find("larger than 1024 KiB"), std::string::npos) << large.issues[0].message;
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace bmsd::config
