#pragma once
// A run of a closed loop as a scenario file that `bmsd replay` reads. Format: core/charge-control.md section 13.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "sim/closed_loop.h"

namespace bmsd::sim {

class Recording {
  public:
    /// Before the first cycle.
    explicit Recording(const ClosedLoop& loop);

    /// What changed in the cycle that has just been.
    void add(const ClosedLoop& loop);
    /// A file with this run as its only case, and nothing expected of it.
    boost::json::value file() const;

  private:
    boost::json::object case_;
    boost::json::object present_;  // every input as said last
    boost::json::array steps_;
    double interval_, time_ = 0;  // s
};

}  // namespace bmsd::sim
