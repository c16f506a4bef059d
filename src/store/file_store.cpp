#include "store/file_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "store/setting_names.h"
#include "util/file.h"
#include "util/log.h"

namespace bmsd::store {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

constexpr auto gather = 2s;  // changes of several batteries become one write
constexpr auto retry_interval = 15s;
constexpr double seen_interval = 86400;  // s
constexpr std::string_view custom_name = "CustomName", seen_name = "LastSeen", instance_name = "Instance";

std::optional<bus::Value> value_of(const json::value& value)
{
    if (value.is_string()) return bus::Value(std::string_view(value.get_string()));
    if (value.is_int64()) return bus::Value(value.get_int64());
    return std::nullopt;
}

json::value to_json(const bus::Value& value)
{
    if (const auto* number = value.get<std::int64_t>()) return *number;
    return json::value(text(value));
}

}  // namespace

class FileRecord final : public Record {
  public:
    FileRecord(FileStore& store, RecordKey key, Events events)
        : store_(store),
          key_(std::move(key)),
          events_(std::move(events)),
          plan_(key_.soc_calculation, store.loop_.now())
    {
    }

    // Calls back from the loop, as a store on the bus would.
    void begin()
    {
        restore();
        put("UniqueIdentifier", key_.id);
        put(instance_name, saved_.instance);
        put(custom_name, saved_.custom_name);
        put(seen_name, static_cast<std::int64_t>(store_.loop_.wall()));
        start_ = store_.loop_.at(store_.loop_.now(), [this] {
            if (events_.ready) events_.ready(saved_);
        });
    }

    void save(const control::Stored& stored) override
    {
        const Instant now = store_.loop_.now();
        if (!plan_.due(now)) return;
        take(stored, now, false);
        const double wall = store_.loop_.wall();
        if (wall - number_of(*values_, seen_name).value_or(0) >= seen_interval) {
            put(seen_name, static_cast<std::int64_t>(wall));
        }
    }

    void flush(const control::Stored& stored) override
    {
        take(stored, store_.loop_.now(), true);
        if (store_.dirty_) store_.write_in(0s);
    }

    void set_custom_name(const std::string& name, Done done) override
    {
        put(custom_name, name);
        done(store_.write());
    }

  private:
    void restore()
    {
        saved_ = store_.recall(key_);
        values_ = &store_.groups_[settings_group(key_.id)];
        for (const auto& [setting, value] : *values_) plan_.holds(setting, value);
    }

    void take(const control::Stored& stored, Instant now, bool all)
    {
        for (const auto& [name, value] : plan_.take(stored, now, all)) {
            put(name, value);
            plan_.holds(name, value);
        }
    }

    void put(std::string_view name, const bus::Value& value)
    {
        bus::Value& present = (*values_)[std::string(name)];
        if (present == value) return;
        present = value;
        store_.write_in(gather);
    }

    FileStore& store_;
    RecordKey key_;
    Events events_;
    SavePlan plan_;
    Saved saved_;
    Values* values_ = nullptr;  // in the store
    Wait start_;
};

FileStore::FileStore(Loop& loop, std::string path) : loop_(loop), path_(std::move(path))
{
    load();
    const auto folder = std::filesystem::path(path_).parent_path();
    if (::access(folder.c_str(), W_OK) != 0 && errno != ENOENT) problem_ = std::strerror(errno);
}

FileStore::~FileStore()
{
    if (dirty_) (void)write();
}

bool FileStore::known(std::string_view id) const
{
    return groups_.contains(settings_group(id));
}

Saved FileStore::recall(const RecordKey& key) const
{
    Saved saved;
    saved.custom_name = key.default_name;
    const auto found = groups_.find(settings_group(key.id));
    saved.known = found != groups_.end();
    const Values values = saved.known ? found->second : Values();
    auto restored = from_values(values, key.soc_calculation);
    for (const auto name : restored.unreadable) log::error("The stored {} of {} cannot be read.", name, key.id);
    saved.errors = static_cast<unsigned>(restored.unreadable.size());
    saved.stored = restored.stored;
    const auto instance = number_of(values, instance_name);
    saved.instance = instance ? static_cast<std::int64_t>(*instance) : free_instance();
    const auto name = values.find(custom_name);
    if (name != values.end() && name->second != bus::Value("")) saved.custom_name = fit_name(text(name->second));
    return saved;
}

void FileStore::remember(const RecordKey& key, const Saved& saved)
{
    Values fresh = to_values(saved.stored, key.soc_calculation);
    fresh["UniqueIdentifier"] = key.id;
    fresh[std::string(instance_name)] = saved.instance;
    fresh[std::string(custom_name)] = saved.custom_name;
    Values& values = groups_[settings_group(key.id)];
    bool differs = false;
    for (auto& [name, value] : fresh) {
        bus::Value& present = values[name];
        differs = differs || present != value;
        present = std::move(value);
    }
    if (!differs) return;
    values[std::string(seen_name)] = static_cast<std::int64_t>(loop_.wall());
    write_in(gather);
}

Result<void> FileStore::write_now()
{
    return dirty_ ? write() : Result<void>();
}

std::unique_ptr<Record> FileStore::open(RecordKey key, Record::Events events)
{
    auto record = std::make_unique<FileRecord>(*this, std::move(key), std::move(events));
    record->begin();
    return record;
}

void FileStore::load()
{
    std::error_code no_file;
    if (!std::filesystem::exists(path_, no_file)) return;
    const auto content = read_file(path_);
    boost::system::error_code error;
    const json::value document = content ? json::parse(*content, error) : json::value();
    if (!content || error || !document.is_object()) {
        log::error("{} cannot be read; it is kept as {}.broken and names and instances start anew.", path_, path_);
        std::rename(path_.c_str(), (path_ + ".broken").c_str());
        return;
    }
    for (const auto& [group, values] : document.get_object()) {
        if (!values.is_object()) continue;
        for (const auto& [name, value] : values.get_object()) {
            if (auto usable = value_of(value)) groups_[group][name] = std::move(*usable);
        }
    }
}

Result<void> FileStore::write()
{
    json::object document;
    for (const auto& [group, values] : groups_) {
        json::object& object = document[group].emplace_object();
        for (const auto& [name, value] : values) object[name] = to_json(value);
    }
    timer_.reset();
    auto written = write_file(path_, json::serialize(document), true);
    dirty_ = !written;
    problem_ = written ? std::string() : written.error();
    if (!written && !told_) log::error("Names and instances are not saved, it is tried again: {}", problem_);
    told_ = !written;
    if (!written) write_in(retry_interval);
    return written;
}

void FileStore::write_in(Duration delay)
{
    dirty_ = true;
    if (timer_ && delay != Duration::zero()) return;
    timer_ = loop_.at(loop_.now() + delay, [this] { (void)write(); });
}

std::int64_t FileStore::free_instance() const
{
    std::int64_t instance = 1;
    const auto has = [&](const auto& group) { return number_of(group.second, instance_name) == instance; };
    while (std::ranges::any_of(groups_, has)) ++instance;
    return instance;
}

}  // namespace bmsd::store
