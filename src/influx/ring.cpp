#include "influx/ring.h"

#include <utility>

namespace bmsd::influx {

void Ring::make_room(std::size_t needed)
{
    while (!batches_.empty() && bytes_ + needed > most_) {
        bytes_ -= batches_.front().lines.size();
        dropped_ += batches_.front().count;
        batches_.pop_front();
    }
}

void Ring::add(std::string_view lines, std::size_t count)
{
    if (count == 0) return;
    make_room(lines.size());
    if (lines.size() > most_) {
        dropped_ += count;
        return;
    }
    if (batches_.empty() || batches_.back().count + count > lines_a_batch) batches_.emplace_back();
    batches_.back().lines += lines;
    batches_.back().count += count;
    bytes_ += lines.size();
}

std::optional<Batch> Ring::take()
{
    if (batches_.empty()) return std::nullopt;
    Batch batch = std::move(batches_.front());
    batches_.pop_front();
    bytes_ -= batch.lines.size();
    return batch;
}

void Ring::put_back(Batch batch)
{
    if (bytes_ + batch.lines.size() > most_) {
        dropped_ += batch.count;
        return;
    }
    bytes_ += batch.lines.size();
    batches_.push_front(std::move(batch));
}

}  // namespace bmsd::influx
