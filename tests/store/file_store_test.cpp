// The store in a file, where there is no settings service.
#include "store/file_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "util/file.h"

namespace bmsd::store {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct FileStoreTest : testing::Test {
    std::filesystem::path folder;
    std::string path;
    ManualLoop loop;
    std::optional<Saved> saved;
    control::Stored stored;

    FileStoreTest()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / ("bmsd-store-" + std::string(6, 'X'))).string();
        folder = mkdtemp(pattern.data());
        path = (folder / "state" / "batteries.json").string();
    }
    ~FileStoreTest() override { std::filesystem::remove_all(folder); }

    std::unique_ptr<Record> open(FileStore& store, const std::string& id, bool soc_calculation = false)
    {
        saved.reset();
        Record::Events events;
        events.ready = [this](const Saved& s) { saved = s; };
        auto record = store.open({id, "default name", soc_calculation}, std::move(events));
        EXPECT_FALSE(saved);  // never inside open()
        loop.advance(0s);
        EXPECT_TRUE(saved);
        return record;
    }
    std::string content() const { return read_file(path).value_or("(none)"); }
};

TEST_F(FileStoreTest, EverythingComesBack)
{
    {
        FileStore store(loop, path);
        EXPECT_FALSE(store.known("Pack_1"));
        const auto record = open(store, "Pack_1", true);
        EXPECT_FALSE(saved->known);
        EXPECT_EQ(saved->instance, 1);
        EXPECT_EQ(saved->custom_name, "default name");
        std::optional<Result<void>> named;
        record->set_custom_name("House bank", [&](const Result<void>& result) { named = result; });
        ASSERT_TRUE(named && *named);
        EXPECT_THAT(content(), HasSubstr("House bank"));  // safe when it says so
        stored.allow_max_voltage = false;
        stored.soc_calc = 71.5;
        stored.soc_reset_last_reached = 1700000000;
        stored.history.total_ah_drawn = 12.5;
        record->flush(stored);
        EXPECT_EQ(open(store, "Pack_2") ? saved->instance : 0, 2);
    }
    FileStore store(loop, path);
    EXPECT_TRUE(store.known("PACK_1"));  // letter case apart
    const auto second = open(store, "Pack_2");
    EXPECT_EQ(saved->instance, 2);
    EXPECT_TRUE(saved->known);
    const auto first = open(store, "Pack_1", true);
    EXPECT_EQ(saved->instance, 1);
    EXPECT_EQ(saved->custom_name, "House bank");
    EXPECT_EQ(saved->stored, stored);
    EXPECT_EQ(saved->errors, 0U);
}

TEST_F(FileStoreTest, ChangesOfSeveralBatteriesAreOneWrite)
{
    FileStore store(loop, path);
    const auto first = open(store, "Pack_1"), second = open(store, "Pack_2");
    EXPECT_EQ(content(), "(none)");
    loop.advance(2s);
    EXPECT_THAT(content(), HasSubstr("PACK_2"));
    const auto before = content();
    loop.advance(15s);
    stored.allow_max_voltage = false;
    first->save(stored);
    second->save(stored);
    EXPECT_EQ(content(), before);
    loop.advance(2s);
    EXPECT_NE(content(), before);
    const auto after = content();
    stored.allow_max_voltage = true;
    first->save(stored);  // not before 15 s
    loop.advance(10s);
    EXPECT_EQ(content(), after);
}

TEST_F(FileStoreTest, ABrokenFileIsKeptAndTheBatteriesStartAnew)
{
    ASSERT_TRUE(write_file(path, "{\"serialbattery_PACK_1\": {\"Inst"));
    FileStore store(loop, path);
    EXPECT_FALSE(store.known("Pack_1"));
    EXPECT_EQ(read_file(path + ".broken").value_or(""), "{\"serialbattery_PACK_1\": {\"Inst");
    const auto record = open(store, "Pack_1");
    EXPECT_EQ(saved->instance, 1);
}

TEST_F(FileStoreTest, OddContentIsNoReasonToFail)
{
    ASSERT_TRUE(
        write_file(path, R"({"serialbattery_A": {"Instance": "x", "CustomName": [1], "HistoryValues": "{", "n": null},
                                     "serialbattery_B": 5, "serialbattery_C": {"Instance": 1}})"));
    FileStore store(loop, path);
    const auto record = open(store, "a");
    EXPECT_EQ(saved->instance, 2);  // 1 is taken
    EXPECT_EQ(saved->custom_name, "default name");
    EXPECT_EQ(saved->errors, 1U);
}

TEST_F(FileStoreTest, AFolderThatCannotBeWrittenIsToldAndTriedAgain)
{
    ASSERT_TRUE(write_file((folder / "state").string(), "a file in the place of the folder"));
    FileStore store(loop, path);
    const auto record = open(store, "Pack_1");
    std::optional<Result<void>> named;
    record->set_custom_name("House bank", [&](const Result<void>& result) { named = result; });
    ASSERT_TRUE(named);
    EXPECT_FALSE(*named);
    std::filesystem::remove(folder / "state");
    loop.advance(15s);
    EXPECT_THAT(content(), HasSubstr("House bank"));
}

TEST_F(FileStoreTest, LastSeenIsWrittenDaily)
{
    loop.set_wall(1750000000);
    FileStore store(loop, path);
    const auto record = open(store, "Pack_1");
    loop.advance(2s);
    EXPECT_THAT(content(), HasSubstr("\"LastSeen\":1750000000"));
    loop.advance(24h);
    record->save(stored);
    loop.advance(2s);
    EXPECT_THAT(content(), HasSubstr("\"LastSeen\":1750086402"));
}

}  // namespace
}  // namespace bmsd::store
