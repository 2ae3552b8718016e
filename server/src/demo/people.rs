//! The fictitious people and organisations of a demonstration.

use domain::id::IdSource;

const FAMILY: [&str; 24] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "孙", "周", "徐", "高", "马", "朱", "胡", "林", "郭", "何",
    "宋", "郑", "韩", "冯", "于", "曲", "欧阳",
];
const GIVEN: [&str; 24] = [
    "一诺", "子涵", "建国", "秀兰", "晓东", "雨桐", "海燕", "志强", "思远", "明月", "桂英", "文博", "欣怡",
    "宁", "磊", "静", "卫东", "若溪", "立新", "春梅", "浩然", "安琪", "玉珍", "帆",
];
const COMPANIES: [&str; 6] = [
    "济南演示软件有限公司",
    "青岛演示船务有限公司",
    "烟台演示果业合作社",
    "潍坊演示机械厂",
    "威海演示中学团委",
    "山东演示志愿者协会",
];
const DEDICATIONS: [&str; 5] =
    ["为外婆七十岁生日", "纪念祖父", "为新生的小侄女", "为高三（5）班", "愿她平安"];
const MESSAGES: [&str; 6] = [
    "愿每一个孩子都能回到教室。",
    "一点心意，慢慢来，会好的。",
    "我女儿也曾在这里等过配型，谢谢你们。",
    "辛苦各位医生护士。",
    "May the next bed be empty soon.",
    "天冷了，记得添衣。",
];

/// Draws from a seed, so that the same seed tells the same story.
pub struct Draw<'s>(pub &'s dyn IdSource);

impl Draw<'_> {
    /// A number below `end`.
    pub fn below(&self, end: u64) -> u64 {
        let bytes = self.0.token().0;
        u64::from_be_bytes(std::array::from_fn(|place| bytes[place])) % end.max(1)
    }

    fn one<'t>(&self, of: &[&'t str]) -> &'t str {
        of[self.below(of.len() as u64) as usize]
    }

    /// A person's name.
    pub fn name(&self) -> String {
        format!("{}{}", self.one(&FAMILY), self.one(&GIVEN))
    }

    /// An organisation's name.
    pub fn organisation(&self) -> String {
        self.one(&COMPANIES).to_owned()
    }

    /// A mailbox under a domain that no mail is ever sent to (RFC 2606).
    pub fn email(&self) -> String {
        format!("donor{:05}@example.com", self.below(100_000))
    }

    /// A number out of a range that is not given to anybody.
    pub fn mobile(&self) -> String {
        format!("1990000{:04}", self.below(10_000))
    }

    /// A dedication.
    pub fn dedication(&self) -> String {
        self.one(&DEDICATIONS).to_owned()
    }

    /// Words to the families.
    pub fn message(&self) -> String {
        self.one(&MESSAGES).to_owned()
    }

    /// An amount in fen as people give: mostly round and small, seldom large.
    pub fn amount(&self) -> i64 {
        const ROUND: [i64; 10] = [10, 20, 50, 50, 100, 100, 100, 200, 500, 1000];
        match self.below(100) {
            0..=79 => ROUND[self.below(10) as usize] * 100,
            80..=92 => 100 + self.below(60_000) as i64,
            93..=98 => (2 + self.below(9) as i64) * 100_000,
            _ => (2 + self.below(9) as i64) * 1_000_000,
        }
    }
}
