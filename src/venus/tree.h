#pragma once
// The leaves of one service, found by path; inner nodes are what lies above them.
#include <span>
#include <vector>

#include "venus/paths.h"

namespace bmsd::venus {

class Tree {
  public:
    explicit Tree(std::vector<Leaf> leaves);

    /// In the order of the table.
    std::span<Leaf> leaves() { return leaves_; }
    Leaf* find(std::string_view path);
    /// Numbers of the leaves below an inner node ("/" is above all), in the order of their paths; empty: no such node.
    std::span<const std::uint16_t> below(std::string_view path) const;
    const Leaf& leaf(std::uint16_t number) const { return leaves_[number]; }
    /// The names of the children of a node, each once.
    std::vector<std::string_view> children(std::string_view path) const;

  private:
    std::vector<Leaf> leaves_;
    std::vector<std::uint16_t> order_;  // by path
};

}  // namespace bmsd::venus
