//! Writes the seeds of the fuzz targets: real notations, the invented release, invented inventories and sheets.
//! Usage: seeds FOLDER

use std::path::Path;

use hla::Release;
use hla::sample::World;

use inventory::{BEGIN, END, cbu};

/// Invented inventories, as the tests of loads have them.
#[allow(dead_code)]
#[path = "../../../crates/testbed/src/inventory.rs"]
mod inventory;

/// The small release of the tests of `hla`.
#[allow(dead_code)]
#[path = "../../../crates/hla/tests/all/support.rs"]
mod support;

/// What separates the tables of one release in one input, as the target `release` reads it.
const APART: &str = "\n====\n";

const TYPINGS: [&str; 22] = [
    "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54",
    "A*02:01/A*02:05+A*24:02|A*02:06+A*23:01",
    "A*02:01/02/05, 24:02; B62 B46 Cw9 DR4 DR53",
    "A*02:01~B*15:01+A*24:02~B*07:02",
    "HLA-A*02:01:01:02L+HLA-A*24:09N",
    "A*02:XX+A*02:AB",
    "A*02:BC A*02:ZZ",
    "A*02:01:01G+A*02:01P",
    "A2 A24(9) A203 A2403",
    "A*0201 A*24020102L",
    "A*9201 B*9501",
    "02:01\n24:02",
    "24\n9",
    "02:01/02:05\n-",
    "2403\n203",
    "A*02:01+A24^Bw4",
    "DPB1*02:01+DPB1*1096:01",
    "DRB1*03:01~DRB3*01:01+DRB1*04:01~DRB4*01:02N",
    "Cw11 Cw3",
    "A*0299",
    "A*02:01^A2",
    "B*15:01+B70|B*15:03+B71",
];

const HEADINGS: &str = "registry_id,din,grid,bag_id,status,status_reason,ownership,hla,a1,a2,b1,b2,drb11,drb12,abo,rh,sex,\
     collected_on,volume_ml,VOL,tnc_e8,cd34_e6,viability_percent,segments,bacterial,markers,compartments,volume_1,tnc_1,\
     tank_1,slot_1,volume_2,details,remains";

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).expect("usage: seeds FOLDER");
    let folder = Path::new(&folder);
    let write = |target: &str, name: &str, text: &[u8]| {
        let folder = folder.join(target);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(name), text)
    };
    let world = World::new(support::small(), 1);
    let bare = World::new(&Release::none(), 2);
    let invented = (0..40).map(|n| if n % 2 == 0 { world.unit(n) } else { bare.unit(n) }.to_string());
    for (n, text) in TYPINGS.map(str::to_owned).into_iter().chain(invented).enumerate() {
        write("typing", &format!("seed-{n}"), text.as_bytes())?;
    }
    let tables = support::small_tables();
    let whole =
        [&tables.names, &tables.g, &tables.p, &tables.serology, &tables.splits].map(|text| text.as_str());
    write("release", "seed-whole", whole.join(APART).as_bytes())?;
    write("release", "seed-names", tables.names.as_bytes())?;
    // A few rows of each table: small inputs are changed and tried the fastest.
    let few = whole.map(|text| text.lines().take(8).collect::<Vec<_>>().join("\n"));
    write("release", "seed-few", few.join(APART).as_bytes())?;
    for n in 0..12 {
        write("wmda", &format!("seed-{n}"), format!("{BEGIN}{}{END}", cbu(n, n)).as_bytes())?;
        let own = "<?spark OWNERSHIP family?><?spark COMPARTMENT_1/VOL 4.5?><?spark DETAILS {\"X\":\"y\"}?>\
                   <?spark HLA A*02:01^B*15:01^DRB1*04:05?><?spark REMAINS 1,3/5 00000000-0000-0000-0000-000000000001?>";
        let unit = format!(
            "<CBU><ID>X{n}</ID><STATUS>AV</STATUS>{own}<IDM a='&lt;'><CMV><![CDATA[P]]></CMV></IDM></CBU>"
        );
        write("wmda", &format!("seed-own-{n}"), format!("{BEGIN}{unit}{END}").as_bytes())?;
        let row = format!(
            "X{n},G12349865432{n},,,AV,,donated,\"{}\",,,,,,,A,+,F,2020-02-28,20,,12.5,3.1,95,3,N,clear,2,4,,T1,1,,\
             \"{{\"\"IDM/CMV\"\":\"\"P\"\"}}\",",
            bare.unit(n)
        );
        write("sheet", &format!("seed-{n}"), format!("\u{FEFF}{HEADINGS}\r\n{row}\r\n").as_bytes())?;
    }
    let fields = format!(
        "{HEADINGS}\nY1,,,,RS,,family,,02:01,24:02,15:01,62,04:05,,O,P,M,20200228,'=1,,,,,Y,,,,,,,,,,\n"
    );
    write("sheet", "seed-fields", fields.as_bytes())?;
    // 登记号,状态,归属,a1,b1,drb11 … in GB18030.
    let chinese = b"\xb5\xc7\xbc\xc7\xba\xc5,\xd7\xb4\xcc\xac,\xb9\xe9\xca\xf4,a1,b1,drb11\nZ1,\xbf\xc9\xd3\xc3,\xd7\xd4\xb4\xe6,02:01,15:01,04:05\n";
    write("sheet", "seed-gb18030", chinese)
}
