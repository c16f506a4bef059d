// The table of paths against the machine-readable list of the contract, and which paths exist when.
#include "venus/paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "bms/language/refusal.h"
#include "config/schema.h"
#include "control/controller.h"
#include "venus/tree.h"

namespace bmsd::venus {
namespace {

boost::json::array contract()
{
    std::ifstream file(BMSD_VECTORS "/core/dbus-paths.json");
    std::stringstream content;
    content << file.rdbuf();
    return boost::json::parse(content.str()).as_array();
}

// The table's "/Voltages/Cell{}" is the list's "/Voltages/Cell{n}".
std::string without_name(std::string path)
{
    const auto open = path.find('{');
    return open == std::string::npos ? path : path.substr(0, open + 1) + path.substr(path.find('}'));
}

std::string printf_format(const Path& row)
{
    if (row.format.hex) return "0x%X";
    if (row.format.decimals < 0) return "";
    const std::string unit = row.format.unit == "%" ? "%%" : std::string(row.format.unit);
    return "%." + std::to_string(row.format.decimals) + "f" + unit;
}

TEST(Paths, AreThoseOfTheContractWithTypeFormatAndAccess)
{
    std::set<std::string> seen;
    for (const auto& entry : contract()) {
        const auto path = without_name(std::string(entry.at("path").as_string()));
        seen.insert(path);
        if (path == "/Info/Config/{}") continue;  // made from the configuration
        const auto row = std::ranges::find(paths(), path, &Path::path);
        ASSERT_NE(row, paths().end()) << path;
        // RS18: counters and TimeSinceLastFullCharge are integers
        EXPECT_EQ(std::string(1, row->type), std::string(entry.at("type").as_string())) << path;
        EXPECT_EQ(printf_format(*row), entry.at("format").is_null() ? "" : std::string(entry.at("format").as_string()))
            << path;
        EXPECT_EQ(row->writable(), entry.at("writable").as_bool()) << path;
    }
    for (const auto& row : paths()) {
        const bool ours = row.path == "/Info/NotSaved" || row.path.starts_with("/Info/Link/") ||
                          row.path.starts_with("/Info/ChargeLimitation") ||
                          row.path.starts_with("/Info/DischargeLimitation");
        EXPECT_TRUE(seen.contains(std::string(row.path)) || ours) << row.path;
    }
}

std::set<std::string> existing(const Context& context)
{
    std::set<std::string> result;
    for (const auto& leaf : make_leaves(context)) result.insert(leaf.path);
    return result;
}

struct Existence : testing::Test {
    config::Config config;
    Context context;
    Existence()
    {
        config.battery_cell_data_format = 1;
        context.config = &config;
        context.cell_count = 4;
    }
    bool has(const std::string& path) const { return existing(context).contains(path); }
};

TEST_F(Existence, CellsByFormat)
{
    EXPECT_TRUE(has("/Voltages/Cell4") && has("/Voltages/Sum") && has("/Balances/Cell4"));
    EXPECT_FALSE(has("/Voltages/Cell5") || has("/Voltages/Cell0") || has("/Cell/Sum"));
    config.battery_cell_data_format = 2;
    EXPECT_TRUE(has("/Cell/4/Volts") && has("/Cell/Diff"));
    EXPECT_FALSE(has("/Balances/Cell1") || has("/Voltages/Sum"));
    config.battery_cell_data_format = 3;
    EXPECT_TRUE(has("/Cell/4/Volts") && has("/Cell/Diff") && has("/Balances/Cell1"));
    config.battery_cell_data_format = 0;
    EXPECT_FALSE(has("/Cell/1/Volts") || has("/Voltages/Cell1") || has("/Balances/Cell1") || has("/Cell/Sum"));
}

TEST_F(Existence, ControlsByWhatTheBmsOffers)
{
    EXPECT_FALSE(has("/Settings/HasSettings") || has("/Settings/ForceChargingOff") || has("/Settings/ResetSocTo"));
    EXPECT_TRUE(has("/CustomName") && has("/History/Clear") && has("/Settings/HasTemperature"));
    context.commands = {Command::Kind::turn_heating_off};
    EXPECT_TRUE(has("/Settings/HasSettings") && has("/Settings/TurnHeatingOff"));
    EXPECT_FALSE(has("/Settings/ForceChargingOff"));
    context.commands = {};
    config.soc_calculation = true;
    EXPECT_TRUE(has("/Settings/HasSettings") && has("/Settings/ResetSocTo") && has("/Settings/ResetSocToApply"));
}

TEST_F(Existence, EveryReasonOfARefusal)
{
    std::size_t count = 0;
    for (const auto& path : existing(context)) count += path.starts_with("/Info/Link/Refused/") ? 1 : 0;
    EXPECT_EQ(count, bms::refusal_count);  // all but silence, which is a timeout, and the total
    EXPECT_TRUE(has("/Info/Link/Refused/BadChecksum") && has("/Info/Link/Refused/Implausible"));
    EXPECT_FALSE(has("/Info/Link/Refused/Silence"));
}

TEST_F(Existence, SocSourceAndTimePoints)
{
    EXPECT_FALSE(has("/SocBms") || has("/CapacityBms") || has("/ConsumedAmphoursBms"));
    config.external_sensor_dbus_path_soc = "/Soc";
    EXPECT_TRUE(has("/SocBms") && has("/CapacityBms") && has("/ConsumedAmphoursBms"));
    config.time_to_soc_points = {0, 50, 50};
    for (const bool time_to_go : {true, false}) {  // RS9
        config.time_to_go_enable = time_to_go;
        EXPECT_TRUE(has("/TimeToSoC/0") && has("/TimeToSoC/50"));
    }
    const auto leaves = make_leaves(context);
    EXPECT_EQ(std::ranges::count(leaves, "/TimeToSoC/50", &Leaf::path), 1);
}

TEST_F(Existence, APathFoundInTheTree)
{
    Tree tree(make_leaves(context));
    ASSERT_NE(tree.find("/Dc/0/Voltage"), nullptr);
    EXPECT_EQ(tree.find("/Dc/0"), nullptr);
    EXPECT_EQ(tree.find("/Dc/0/Voltag"), nullptr);
    EXPECT_THAT(tree.children("/Dc"), testing::ElementsAre("0"));
    EXPECT_THAT(tree.children("/Io"),
                testing::ElementsAre("AllowToBalance", "AllowToCharge", "AllowToDischarge", "AllowToHeat"));
    EXPECT_EQ(tree.below("/Dc/0").size(), 6U);
    EXPECT_TRUE(tree.below("/D").empty());
    EXPECT_TRUE(tree.below("/Dc/0/Voltage").empty());
    EXPECT_EQ(tree.below("/").size(), tree.leaves().size());
    EXPECT_TRUE(tree.children("/").size() > 20);
}

Leaf* leaf_of(Tree& tree, std::string_view path)
{
    Leaf* leaf = tree.find(path);
    EXPECT_NE(leaf, nullptr) << path;
    return leaf;
}

TEST_F(Existence, ARoundedValueChangesInTheDecimalsItIsRoundedTo)
{
    Tree tree(make_leaves(context));
    Leaf& voltage = *leaf_of(tree, "/Dc/0/Voltage");
    EXPECT_TRUE(refresh(voltage, 53.1234));
    EXPECT_EQ(voltage.value, bus::Value(53.12));
    EXPECT_FALSE(refresh(voltage, 53.1235));
    EXPECT_FALSE(refresh(voltage, 53.1151));
    EXPECT_TRUE(refresh(voltage, 53.1149));
    EXPECT_EQ(voltage.value, bus::Value(53.11));
    EXPECT_TRUE(refresh(voltage, {}));
    EXPECT_TRUE(voltage.value.null());
    EXPECT_FALSE(refresh(voltage, std::nan("")));
    EXPECT_TRUE(refresh(voltage, 53.1149));
    EXPECT_TRUE(refresh(voltage, -0.0001));
    EXPECT_EQ(text(voltage.value, voltage.format()), "0.00V");
}

TEST_F(Existence, AnExactValueChangesWhenItIsWorthShowing)
{
    Tree tree(make_leaves(context));
    Leaf& capacity = *leaf_of(tree, "/Capacity");
    EXPECT_TRUE(refresh(capacity, 198.85123));
    EXPECT_EQ(capacity.value, bus::Value(198.85123));
    EXPECT_FALSE(refresh(capacity, 198.85223));
    EXPECT_EQ(capacity.value, bus::Value(198.85123));
    EXPECT_TRUE(refresh(capacity, 198.8551));
    EXPECT_EQ(capacity.value, bus::Value(198.8551));
    Leaf& drawn = *leaf_of(tree, "/History/TotalAhDrawn");
    EXPECT_TRUE(refresh(drawn, -15960.0));
    EXPECT_TRUE(refresh(drawn, -15960.0000001));
}

TEST_F(Existence, TextsThatAreNoUtf8DoNotChangeEachTime)
{
    Tree tree(make_leaves(context));
    Leaf& name = *leaf_of(tree, "/DeviceName");
    EXPECT_TRUE(refresh(name, "Pack\xff"));
    EXPECT_FALSE(refresh(name, "Pack\xff"));
    EXPECT_EQ(name.value, bus::Value("Pack?"));
}

TEST_F(Existence, UntilTheFirstDecisionTheLowerOfBmsAndConfigurationIsShown)
{
    config = config::defaults();
    Telemetry telemetry;
    telemetry.cell_count = 4;
    telemetry.max_charge_current = 30;
    telemetry.max_discharge_current = 300;
    control::Controller controller(config, {}, {}, {});
    Snapshot snapshot;
    control::Input input;
    input.telemetry = &telemetry;
    controller.start(input, {}, snapshot);
    Tree tree(make_leaves(context));
    std::string scratch;
    for (const auto& [path, amperes] :
         {std::pair{"/Info/MaxChargeCurrent", 30.0}, {"/Info/MaxDischargeCurrent", 60.0}}) {
        Leaf& leaf = *leaf_of(tree, path);
        refresh(leaf, leaf.row->get({snapshot, context, 0, scratch}));
        EXPECT_EQ(leaf.value, bus::Value(amperes)) << path;
    }
}

TEST_F(Existence, ALimitExplainsItself)
{
    Tree tree(make_leaves(context));
    Snapshot snapshot;
    std::string scratch;
    Leaf& detail = *leaf_of(tree, "/Info/ChargeLimitationDetail");
    const auto get = [&] { return refresh(detail, detail.row->get({snapshot, context, 0, scratch})); };
    EXPECT_FALSE(get());
    snapshot.limits.charge.cause = {"Cell Voltage", 3.4213, 3.4, 3.425, 12.5, 2.5, 4.0};
    EXPECT_TRUE(get());
    EXPECT_EQ(detail.value,
              bus::Value(R"({"limiter":"Cell Voltage","measured":3.4213,"point_low":3.4,"point_high":3.425,)"
                         R"("limit_low":12.5,"limit_high":2.5,"limit":4})"));
    EXPECT_FALSE(get());
}

}  // namespace
}  // namespace bmsd::venus
