/**
 * Every visible word of a chat that goes its way; those of what happens more rarely come with its code, from enLater.ts.
 * `{}` slots are filled by say.ts; a site's `texts` replace single lines by key.
 */
export const EN = {
  title: "Chat",
  openChat: "Open chat",
  openChatUnread: "Open chat, {n} unread",
  minimise: "Minimise chat",
  menu: "More",
  log: "Conversation",
  composer: "Your message",
  placeholder: "Write a message…",
  send: "Send",

  greeting: "Hi there. How can we help?",
  // Not `suggestions`: that text of a site is the list itself.
  waysToBegin: "Suggestions",
  answers: "Answers to choose from",
  earlier: "Earlier messages",
  newest: "Latest messages",
  today: "Today",
  yesterday: "Yesterday",
  you: "You",
  bot: "Assistant",
  agent: "Team",
  deleted: "Message deleted",
  edited: "edited",
  writing: "{name} is writing",
  answering: "{name} is answering…",
  stop: "Stop",
  interrupted: "Stopped",
  replyFailed: "This answer could not be finished.",
  sessionEnded: "Chat ended",

  deviceActive: "Active on this device: {label}",
  deviceWatching: "View-only on this device: {label}",

  sending: "Sending",
  sent: "Sent",
  notSent: "Not sent",
  retry: "Retry",
  copy: "Copy",
  copied: "Copied",
  remove: "Delete",
  old: "You wrote this {relative}. Send it now?",

  connecting: "Connecting…",
  reconnecting: "Reconnecting…",
  offline: "You're offline.",
  offlineOne: "You're offline. 1 message will be sent when you're back.",
  offlineMany: "You're offline. {n} messages will be sent when you're back.",
  tryNow: "Try now",
  checking: "Checking your chat…",
  back: "Back online.",
  allSent: "All messages sent.",
  storageBlocked: "Your browser blocks storage, so this chat ends when you close this tab.",
  gotIt: "OK",
  queue: "You're number {n} in line.",

  endChat: "End chat",
} as const;
