#include "venus/tree.h"

#include <algorithm>
#include <numeric>

namespace bmsd::venus {

Tree::Tree(std::vector<Leaf> leaves) : leaves_(std::move(leaves)), order_(leaves_.size())
{
    std::iota(order_.begin(), order_.end(), std::uint16_t{0});
    std::ranges::sort(order_, {}, [this](std::uint16_t i) { return std::string_view(leaves_[i].path); });
}

Leaf* Tree::find(std::string_view path)
{
    const auto by_path = [this](std::uint16_t i) { return std::string_view(leaves_[i].path); };
    const auto found = std::ranges::lower_bound(order_, path, {}, by_path);
    return found != order_.end() && leaves_[*found].path == path ? &leaves_[*found] : nullptr;
}

std::span<const std::uint16_t> Tree::below(std::string_view path) const
{
    if (path == "/") return order_;
    const std::string prefix = std::string(path) + '/';
    const auto start = [&](std::uint16_t i) { return std::string_view(leaves_[i].path).substr(0, prefix.size()); };
    const auto [first, last] = std::ranges::equal_range(order_, std::string_view(prefix), {}, start);
    return {first, last};
}

std::vector<std::string_view> Tree::children(std::string_view path) const
{
    const std::size_t skip = path == "/" ? 1 : path.size() + 1;
    std::vector<std::string_view> names;
    for (const auto number : below(path)) {
        const std::string_view rest = std::string_view(leaves_[number].path).substr(skip);
        const auto name = rest.substr(0, rest.find('/'));
        if (names.empty() || names.back() != name) names.push_back(name);
    }
    return names;
}

}  // namespace bmsd::venus
