#pragma once
// A battery whose values come as JSON documents in the layout of the Venus paths and are passed on as they are.
// Without a clock and without a wire: those who receive the documents step it. Source: core/virtual-mqtt-battery.md.
#include <boost/json/object.hpp>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bank/document_paths.h"
#include "control/input.h"
#include "util/result.h"

namespace bmsd::bank {

using DocumentValue = std::variant<std::monostate, double, std::string>;

struct DocumentOptions {
    double timeout = 60;       // s without a document that counts until offline; 0: never
    double remove_after = 60;  // s offline until removed
    bool time_to_go = true;
    double time_to_go_soc = 10;     // %, target while discharging
    double time_to_go_every = 300;  // s
};

class DocumentBattery {
  public:
    enum class State : std::uint8_t { waiting, online, offline, removed };

    explicit DocumentBattery(const DocumentOptions& options);

    /// A document. Refused with a reason, and then nothing has changed; or taken.
    Result<void> take(std::string_view document, const control::Now& now);
    /// Time passes.
    void step(const control::Now& now);

    State state() const { return state_; }
    /// By path; those of families only if they came once.
    const std::map<std::string, DocumentValue, std::less<>>& values() const { return values_; }
    Number number(std::string_view path) const;
    /// What is to be told, each path once; the list is empty afterwards.
    std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

  private:
    using Update = std::map<std::string, DocumentValue, std::less<>>;
    Result<void> apply(Update update, const control::Now& now);
    void sort_in(std::string path, const boost::json::value& value, Update& update);
    void go_offline(const control::Now& now);
    void derive_flow(const Update& given);
    void derive_charge(const Update& given);
    void derive_cells(const Update& given);
    void derive_blocking(const Update& given);
    void derive_times(const Update& given, const control::Now& now);
    void warn(const std::string& path, const std::string& what);

    DocumentOptions options_;
    State state_ = State::waiting;
    std::map<std::string, DocumentValue, std::less<>> values_;
    double counted_at_ = 0, offline_at_ = 0;          // s steady
    Number time_to_go_at_;                            // s steady
    std::deque<std::pair<double, double>> currents_;  // s steady, A
    std::set<std::string, std::less<>> told_;
    std::vector<std::string> warnings_;
};

}  // namespace bmsd::bank
