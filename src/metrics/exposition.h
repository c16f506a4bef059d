#pragma once
// The page that Prometheus reads: text format 0.0.4, written when it is asked for and at no other time. Names and
// types: core/outputs.md section 5; docs/prometheus.md lists them.
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "site/board.h"
#include "util/loop.h"

namespace bmsd::metrics {

struct Label {
    std::string_view name, value;
};

/// Lines in the text format; a name begins with begin(), all its samples follow.
class Writer {
  public:
    void begin(std::string_view name, std::string_view type, std::string_view help);
    void sample(std::initializer_list<Label> labels, double value);
    std::string take() { return std::move(text_); }

  private:
    std::string text_;
    std::string name_;
    std::string head_;  // written with the first sample: a name without samples is not there
};

class Exposition {
  public:
    /// The Board and the loop outlive it.
    Exposition(site::Board& board, const Loop& loop);
    Exposition(const Exposition&) = delete;
    Exposition& operator=(const Exposition&) = delete;

    static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";
    std::string text() const;
    /// Writes metrics of its own behind those of the batteries.
    void add(std::function<void(Writer&)> more) { more_.push_back(std::move(more)); }

    /// What a battery was, beyond its last Snapshot.
    struct Line {
        std::string label;  // of the battery in every metric
        site::WhoPtr who;
        site::SnapshotPtr now;  // null: it is served no more
        double last_seen = 0;   // s since 1970
    };

  private:
    void take(const site::Change& change);

    const Loop& loop_;
    double started_;
    std::map<std::string, Line> lines_;  // by label; those that left stay, so that it shows that they are down
    std::vector<std::function<void(Writer&)>> more_;
    site::Subscription subscription_;
};

}  // namespace bmsd::metrics
