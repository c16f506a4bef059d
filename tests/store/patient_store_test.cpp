// The state file stands in for a settings service that is slow, silent or talks nonsense.
#include "store/patient_store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "util/file.h"

namespace bmsd::store {
namespace {

using namespace std::chrono_literals;

/// A settings service that answers when the test says so.
struct LateService final : Store {
    struct LateRecord final : Record {
        LateRecord(LateService& service, Events given) : owner(service), events(std::move(given))
        {
            owner.records.push_back(this);
        }
        ~LateRecord() override { std::erase(owner.records, this); }
        void answer(const Saved& saved)
        {
            reachable = true;
            events.ready(saved);
        }
        void save(const control::Stored& stored) override { saved = stored; }
        void flush(const control::Stored& stored) override { saved = stored; }
        void set_custom_name(const std::string& name, Done done) override
        {
            names.push_back(name);
            done({});
        }
        bool in_reach() const override { return reachable; }

        LateService& owner;
        Events events;
        control::Stored saved;
        std::vector<std::string> names;
        bool reachable = false;
    };

    void when_ready(std::function<void()> callback) override { ready = std::move(callback); }
    bool known(std::string_view) const override { return false; }
    std::unique_ptr<Record> open(RecordKey, Record::Events events) override
    {
        return std::make_unique<LateRecord>(*this, std::move(events));
    }
    void clean_up() override {}

    std::function<void()> ready;
    std::vector<LateRecord*> records;
};

struct PatientStoreTest : testing::Test {
    PatientStoreTest() { make(); }
    ~PatientStoreTest() override
    {
        record.reset();
        store.reset();
        std::filesystem::remove(path);
    }
    void make()
    {
        record.reset();
        store.reset();
        auto owned = std::make_unique<LateService>();
        service = owned.get();
        store = std::make_unique<PatientStore>(loop, std::move(owned), std::make_unique<FileStore>(loop, path));
        saved.reset();
        names.clear();
        instances.clear();
    }
    void open(const std::string& id = "PACK")
    {
        store->when_ready([this, id] {
            record = store->open({id, "", false}, {[this](const Saved& s) { saved = s; },
                                                   [this](const std::string& name) { names.push_back(name); },
                                                   [this](std::int64_t instance) { instances.push_back(instance); }});
        });
    }
    LateService::LateRecord& there() { return *service->records.back(); }
    static Saved of(std::int64_t instance, std::string name)
    {
        Saved one;
        one.known = true;
        one.instance = instance;
        one.custom_name = std::move(name);
        return one;
    }

    ManualLoop loop;
    std::string path = testing::TempDir() + "bmsd-patient-" + std::to_string(::getpid()) + ".json";
    LateService* service = nullptr;
    std::unique_ptr<PatientStore> store;
    std::unique_ptr<Record> record;
    std::optional<Saved> saved;
    std::vector<std::string> names;
    std::vector<std::int64_t> instances;
};

TEST_F(PatientStoreTest, TheServiceDecidesWhereItAnswersInTimeAndTheFileMirrorsIt)
{
    open();
    service->ready();
    there().answer(of(7, "House bank"));
    ASSERT_TRUE(saved);
    EXPECT_EQ(saved->instance, 7);
    record->flush({});
    loop.advance(5s);
    make();  // and from now on it is silent
    open();
    loop.advance(9s);
    EXPECT_FALSE(saved);
    loop.advance(2s);
    ASSERT_TRUE(saved) << "ten seconds are enough";
    EXPECT_EQ(saved->instance, 7);
    EXPECT_EQ(saved->custom_name, "House bank");
    EXPECT_TRUE(saved->known);
}

TEST_F(PatientStoreTest, OneThatIsThereAndDoesNotAnswerForABatteryIsNotWaitedForLong)
{
    open();
    service->ready();
    loop.advance(4s);
    EXPECT_FALSE(saved);
    loop.advance(2s);
    ASSERT_TRUE(saved);
    EXPECT_EQ(saved->instance, 1);
}

TEST_F(PatientStoreTest, WhatIsSavedMeanwhileIsInTheFileAndALateAnswerIsTakenOver)
{
    open();
    loop.advance(11s);
    ASSERT_TRUE(saved);
    Result<void> done = Failure("not called");
    record->set_custom_name("Cellar", [&](const Result<void>& result) { done = result; });
    EXPECT_TRUE(done) << "safe in the file";
    EXPECT_NE(read_file(path).value_or("").find("Cellar"), std::string::npos);
    there().answer(of(4, "Old name"));
    EXPECT_EQ(instances, (std::vector<std::int64_t>{4})) << "in force after a restart";
    EXPECT_EQ(there().names, (std::vector<std::string>{"Cellar"})) << "what the user said last";
    EXPECT_TRUE(names.empty());
    make();
    open();
    loop.advance(11s);
    EXPECT_EQ(saved->instance, 4);
}

TEST_F(PatientStoreTest, ALateNameIsShownWhereTheUserGaveNone)
{
    open();
    loop.advance(11s);
    there().answer(of(1, "House bank"));
    EXPECT_EQ(names, (std::vector<std::string>{"House bank"}));
}

TEST_F(PatientStoreTest, NewBatteriesGetInstancesOfTheirOwn)
{
    open("A");
    loop.advance(11s);
    const auto first = std::move(record);
    EXPECT_EQ(saved->instance, 1);
    open("B");
    loop.advance(1s);
    EXPECT_EQ(saved->instance, 2);
}

TEST(FitName, EndsAtAWholeCharacter)
{
    EXPECT_EQ(fit_name("House"), "House");
    EXPECT_EQ(fit_name(std::string(200, 'N')), std::string(128, 'N'));
    EXPECT_EQ(fit_name(std::string(127, 'N') + "\xc3\xa4"), std::string(127, 'N'));
}

}  // namespace
}  // namespace bmsd::store
