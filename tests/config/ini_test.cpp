// The dialect of core/config.md section 2.
#include "config/ini.h"

#include <gtest/gtest.h>

namespace bmsd::config {
namespace {

/// "name=value" of each entry, joined with '|'.
std::string read(std::string_view text)
{
    std::string out;
    for (const IniEntry& entry : read_ini(text).entries) {
        out += (out.empty() ? "" : "|") + entry.name + "=" + entry.value;
    }
    return out;
}

std::size_t problems(std::string_view text)
{
    return read_ini(text).problems.size();
}

TEST(Ini, DelimitersBlanksAndComments)
{
    EXPECT_EQ(read("[DEFAULT]\nA = 1\nB: 2\nC=3 \nD = a = b : c\nE : x=y\nF =\n"), "A=1|B=2|C=3|D=a = b : c|E=x=y|F=");
    EXPECT_EQ(read("[DEFAULT]\n; A = 1\n   # B = 2\nC = 3 ; not a comment # either\n"), "C=3 ; not a comment # either");
    EXPECT_EQ(read("[DEFAULT]\nA = \"True\"\n"), "A=\"True\"");
}

TEST(Ini, SectionsAreMergedAndOthersLeftOut)
{
    const auto ini = read_ini("[DEFAULT]\nA = 1\n[Other]\nB = 2\n[DEFAULT]\nC = 3\n[Other]\nD = 4\n");
    ASSERT_EQ(ini.entries.size(), 2U);
    EXPECT_EQ(ini.entries[0].line, 2U);
    EXPECT_EQ(ini.entries[1].line, 6U);
    ASSERT_EQ(ini.problems.size(), 1U);
    EXPECT_EQ(ini.problems[0].kind, IniProblem::unknown_section);
    EXPECT_EQ(ini.problems[0].text, "Other");
    EXPECT_EQ(ini.problems[0].line, 3U);
    EXPECT_EQ(read("[DEFAULT] ; the only one\nA = 1\n"), "A=1");
}

TEST(Ini, WhatCannotBeReadIsToldWithItsLine)
{
    const auto ini = read_ini("A = 1\nB = 2\n[DEFAULT]\nC\nD = 4\n= 5\n[DEFAULT\nE = 5\n[DEFAULT]\nF = 6\n");
    EXPECT_EQ(ini.entries.size(), 2U);
    ASSERT_EQ(ini.problems.size(), 4U);
    EXPECT_EQ(ini.problems[0].line, 1U);
    EXPECT_EQ(ini.problems[1].line, 4U);
    EXPECT_EQ(ini.problems[2].line, 6U);
    EXPECT_EQ(ini.problems[3].line, 7U);
}

TEST(Ini, IndentedLinesGoOnWithTheValue)
{
    EXPECT_EQ(read("[DEFAULT]\nA = 1,\n  2,\n\t3\nB = 4\n"), "A=1,\n2,\n3|B=4");
    EXPECT_EQ(read("[DEFAULT]\nA =\n  1\n\n  ; a comment\n  2\nB = 3\n"), "A=1\n2|B=3");
    EXPECT_EQ(read("[DEFAULT]\n  A = 1\n  B = 2\n    C = 3\n"), "A=1|B=2\nC = 3");
    EXPECT_EQ(read("[DEFAULT]\nA = 1\n  [DEFAULT]\nB = 2\n"), "A=1\n[DEFAULT]|B=2");
    EXPECT_EQ(read("[Other]\nA = 1\n  B = 2\n[DEFAULT]\nC = 3\n"), "C=3");
    const auto broken = read_ini("[DEFAULT]\nA = 1\nCELLS\n  3.5, 3.4\nB = 2\n");
    ASSERT_EQ(broken.entries.size(), 2U);
    EXPECT_EQ(broken.entries[0].value, "1");
    EXPECT_TRUE(read_ini("[DEFAULT]\nA = 1\n 2\n").entries[0].continued);
}

TEST(Ini, LineEndsOfAllKinds)
{
    for (const std::string end : {"\n", "\r\n", "\r"}) {
        std::string text =
            "\xEF\xBB\xBF"
            "; c" +
            end + "[DEFAULT]" + end + end + "A = 1" + end + "B = 2,";
        text += end + "  3" + end;
        EXPECT_EQ(read(text), "A=1|B=2,\n3");
        EXPECT_EQ(read_ini(text).entries[1].line, 5U);
        EXPECT_EQ(problems(text), 0U);
    }
    EXPECT_EQ(read("[DEFAULT]\nA = 1"), "A=1");
}

TEST(Ini, PercentSigns)
{
    EXPECT_EQ(read("[DEFAULT]\nA = %%\nB = 50%\nC = %(A)s\nD = %%%%x%%%\n"), "A=%|B=50%|C=%(A)s|D=%%x%%");
}

TEST(Ini, EncodingsAndDamage)
{
    EXPECT_EQ(read("[DEFAULT]\nA = \xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\n"), "A=\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80");
    for (const std::string bad :
         {"\xE4", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xFF"}) {
        const auto ini = read_ini("[DEFAULT]\nA = " + bad + "\n");
        ASSERT_EQ(ini.problems.size(), 1U);
        EXPECT_EQ(ini.problems[0].kind, IniProblem::not_utf8);
        EXPECT_FALSE(ini.entries[0].value.empty());
    }
    using namespace std::string_literals;
    const auto damaged = read_ini("[DEFAULT]\nA = 1\nB = \0\0\0\nC = \x01\nD = 4\n"s);
    EXPECT_EQ(damaged.entries.size(), 2U);
    ASSERT_EQ(damaged.problems.size(), 1U);
    EXPECT_EQ(damaged.problems[0].line, 3U);
}

}  // namespace
}  // namespace bmsd::config
