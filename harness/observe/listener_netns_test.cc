// Many nodes heard by one socket, and few by one each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <string>
#include <vector>

#include "nl/nsid.h"
#include "observe/conntrack_tap.h"
#include "observe/listener.h"
#include "observe/test_node.h"
#include "observe/trace_table.h"
#include "observe/trace_tap.h"

namespace fwproof::observe {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Heard {
  TestNode node;
  TraceTable table;
  std::shared_ptr<Mail> mail;
  TraceTap trace;
  ConntrackTap conntrack;

  Heard(Listener& listener, const std::string& name)
      : table(node.netns(), name, {.conntrack = true}),
        mail(listener.listen(node.netns(), name)),
        trace(mail, table, node.netns(), false, false),
        conntrack(mail, table.socket()) {}

  /// "n1 output-first lo" for each message of the trace, then "n1 NEW" for each of conntrack.
  std::vector<std::string> told() {
    std::vector<TraceEvent> events;
    std::vector<ConntrackEvent> entries;
    std::vector<std::string> lost;
    trace.drain(events, lost);
    conntrack.drain(entries, lost);
    EXPECT_THAT(lost, IsEmpty());
    std::vector<std::string> lines;
    for (const TraceEvent& event : events)
      lines.push_back(event.node + " " + event.chain + " " + event.in_dev + event.out_dev);
    for (const ConntrackEvent& event : entries)
      lines.push_back(event.entry.node + " " + std::string(to_string(event.kind)));
    return lines;
  }
};

std::vector<std::string> one_packet(const std::string& node) {
  std::vector<std::string> lines;
  for (const char* chain : {"output-first", "output-last", "postrouting-first", "postrouting-last",
                            "prerouting-first", "prerouting-last", "input-first", "input-last"})
    lines.push_back(node + " " + chain + " lo");
  lines.push_back(node + " NEW");
  return lines;
}

/// As many listeners as it says it has, that hear nodes n1, n2 and n3.
struct Nodes {
  Listener listener;
  std::list<Heard> nodes;

  explicit Nodes(size_t count) : listener(count) {
    for (const char* name : {"n1", "n2", "n3"}) nodes.emplace_back(listener, name);
  }
  Heard& at(size_t number) { return *std::next(nodes.begin(), static_cast<int>(number) - 1); }
  std::vector<std::string> drain() {
    std::vector<std::string> lost;
    std::vector<std::string> names = listener.drain(lost);
    EXPECT_THAT(lost, IsEmpty());
    return names;
  }
};

constexpr size_t kMany = Listener::kMostApart + 1;

TEST(Listener, HearsFewNodesBySocketsOfTheirOwnAndManyByOne) {
  for (const size_t count : {size_t{3}, kMany}) {
    Nodes all(count);
    EXPECT_THAT(all.listener.fds(), SizeIs(count == kMany ? 1 : 3));
    EXPECT_THAT(all.drain(), IsEmpty()) << "making a table is no news of it";
    all.at(3).node.send_udp(53);
    all.at(1).node.send_udp(53);
    EXPECT_THAT(all.drain(), testing::UnorderedElementsAre("n1", "n3"));
    EXPECT_THAT(all.at(1).told(), testing::ElementsAreArray(one_packet("n1")));
    EXPECT_THAT(all.at(2).told(), IsEmpty());
    EXPECT_THAT(all.at(3).told(), testing::ElementsAreArray(one_packet("n3")));
  }
}

TEST(Listener, TellsGenerationsInTheirPlaceAmongTheMessagesOfTheirNode) {
  for (const size_t count : {size_t{3}, kMany}) {
    Nodes all(count);
    all.at(2).node.send_udp(53);
    ASSERT_EQ(all.at(2).node.run({"nft", "add", "table", "ip", "t"}), 0);
    all.at(2).node.send_udp(53);
    EXPECT_THAT(all.drain(), ElementsAre("n2"));
    std::vector<TraceEvent> events;
    std::vector<std::string> lost;
    all.at(2).trace.drain(events, lost);
    ASSERT_THAT(events, SizeIs(16));
    EXPECT_EQ(events[7].generation, 0u) << "none was told of";
    EXPECT_NE(events[8].generation, 0u);
    EXPECT_EQ(all.at(2).trace.generation(), events[8].generation);
    EXPECT_EQ(all.at(1).trace.generation(), 0u);
  }
}

TEST(Listener, TakesNoNoticeOfANodeWhoseTapsAreGoneAndOfNamespacesThatAreNoNodes) {
  Nodes all(kMany);
  const TestNode stranger;
  {
    const nl::NetnsScope scope(all.at(1).node.netns());
    nl::Socket route(NETLINK_ROUTE);
    EXPECT_GE(nl::nsid_of(route, stranger.netns()), 0);
    EXPECT_EQ(nl::nsid_of(route, stranger.netns()), nl::nsid_of(route, stranger.netns()));
  }
  const TraceTable table(stranger.netns(), "stranger", {});
  const TestNode node = std::move(all.nodes.back().node);
  all.nodes.pop_back();
  const TraceTable again(node.netns(), "n3", {});
  node.send_udp(53);
  stranger.send_udp(53);
  EXPECT_THAT(all.drain(), IsEmpty());
  all.at(2).node.send_udp(53);
  EXPECT_THAT(all.drain(), ElementsAre("n2"));
}

TEST(Listener, SaysOfALossThatItMayConcernAnyOfThoseItHearsTogether) {
  Nodes all(kMany);
  const UniqueFd receiver = all.at(2).node.udp(53);
  const UniqueFd sender = all.at(2).node.udp(5000);
  connect_loopback(sender.get(), 53, false);
  for (int i = 0; i < 20'000; ++i) ASSERT_EQ(send(sender.get(), "hi", 2, 0), 2);
  std::vector<std::string> lost;
  EXPECT_THAT(all.listener.drain(lost), testing::UnorderedElementsAre("n1", "n2", "n3"));
  EXPECT_THAT(lost, ElementsAre("one of the 3 nodes heard together: messages of the trace or of "
                                "connection tracking were lost: the receive buffer ran full"));
}

}  // namespace
}  // namespace fwproof::observe
