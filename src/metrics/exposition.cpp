#include "metrics/exposition.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <utility>

#include "metrics/battery_metrics.h"
#include "site/output_id.h"
#include "util/version.h"

namespace bmsd::metrics {
namespace {

constexpr std::size_t most_lines = 64;  // batteries that are known, served or not

void escape(std::string& to, std::string_view value)
{
    for (const char c : value) {
        if (c == '\\' || c == '"') to += '\\';
        if (c == '\n')
            to += "\\n";
        else
            to += c;
    }
}

double seconds_of(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

void write_process(Writer& out, double started)
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    out.begin("process_cpu_seconds_total", "counter", "CPU time of the daemon, user and system.");
    out.sample({}, seconds_of(used.ru_utime) + seconds_of(used.ru_stime));
    std::ifstream statm("/proc/self/statm");
    double pages = 0, resident = 0;
    if (statm >> pages >> resident) {
        out.begin("process_resident_memory_bytes", "gauge", "Memory of the daemon that is in RAM.");
        out.sample({}, resident * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    }
    out.begin("process_start_time_seconds", "gauge", "When the daemon started, in seconds since 1970.");
    out.sample({}, started);
}

}  // namespace

void Writer::begin(std::string_view name, std::string_view type, std::string_view help)
{
    name_ = name;
    head_ = fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

void Writer::sample(std::initializer_list<Label> labels, double value)
{
    if (!std::isfinite(value)) return;
    text_ += std::exchange(head_, {});
    text_ += name_;
    char open = '{';
    for (const Label& label : labels) {
        text_ += open;
        text_.append(label.name).append("=\"");
        escape(text_, label.value);
        text_ += '"';
        open = ',';
    }
    if (open == ',') text_ += '}';
    fmt::format_to(std::back_inserter(text_), " {:.12g}\n", value);  // without the noise of sums in binary
}

Exposition::Exposition(site::Board& board, const Loop& loop) : loop_(loop), started_(loop.wall())
{
    subscription_ = board.subscribe([this](const site::Change& change) { take(change); });
}

void Exposition::take(const site::Change& change)
{
    const std::string label = site::output_id(*change.who);
    auto found = lines_.find(label);
    if (found == lines_.end()) {
        if (lines_.size() >= most_lines) {
            const auto gone = std::ranges::min_element(
                lines_, {}, [](const auto& line) { return line.second.now ? INFINITY : line.second.last_seen; });
            if (gone->second.now) return;
            lines_.erase(gone);
        }
        found = lines_.emplace(label, Line{}).first;
        found->second.label = label;
    }
    Line& line = found->second;
    line.who = change.who;
    line.now = change.what == site::Change::What::left ? nullptr : change.now;
    line.last_seen = loop_.wall() - change.now->age;
}

std::string Exposition::text() const
{
    Writer out;
    out.begin("bmsd_build_info", "gauge", "The version of the daemon.");
    out.sample({{"version", version}}, 1);
    std::vector<const Line*> lines;
    for (const auto& [label, line] : lines_) lines.push_back(&line);
    write_batteries(out, lines);
    for (const auto& more : more_) more(out);
    write_process(out, started_);
    return out.take();
}

}  // namespace bmsd::metrics
