//! `spark admin`: users, banks and keys, and who collects for what.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use domain::access::Role;
use service::programme::ProgrammeFile;
use zeroize::Zeroizing;

use crate::config::Config;

/// Keep users, banks, keys of laboratories' systems, and the programme.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Make a user who can sign in to the console. The password (12 characters or more) is read from standard input.
    ///
    /// Example: spark admin create-user li.na --role finance --role charity_staff --display-name 李娜 < password.txt
    #[command(verbatim_doc_comment)]
    CreateUser {
        /// The name to sign in with.
        name: String,
        /// A role; may be given several times: charity_staff, finance, manager, auditor,
        /// administrator, hla_technician, laboratory, doctor, registry_manager.
        #[arg(long = "role", required = true, value_parser = role)]
        roles: Vec<Role>,
        /// The name that colleagues see.
        #[arg(long, default_value = "")]
        display_name: String,
    },
    /// Give a user another password, read from standard input. Whoever is signed in as that user is signed out.
    ///
    /// Example: spark admin set-password li.na < password.txt
    #[command(verbatim_doc_comment)]
    SetPassword {
        /// The name to sign in with.
        name: String,
    },
    /// Let a user sign in no more. Whoever is signed in as that user is signed out.
    ///
    /// Example: spark admin disable-user li.na
    #[command(verbatim_doc_comment)]
    DisableUser {
        /// The name to sign in with.
        name: String,
    },
    /// Let a disabled user sign in again, with the password of before.
    ///
    /// Example: spark admin enable-user li.na
    #[command(verbatim_doc_comment)]
    EnableUser {
        /// The name to sign in with.
        name: String,
    },
    /// Give a user these roles and no others, from the next click on.
    ///
    /// Example: spark admin set-roles li.na --role finance
    #[command(verbatim_doc_comment)]
    SetRoles {
        /// The name to sign in with.
        name: String,
        /// A role; may be given several times.
        #[arg(long = "role", required = true, value_parser = role)]
        roles: Vec<Role>,
    },
    /// Add a bank that stores cord blood units, or give it other names. Its code stands in `spark import units --bank`.
    ///
    /// Example: spark admin bank CN01 --name-zh 演示脐血库 --name-en "Demo bank"
    #[command(verbatim_doc_comment)]
    Bank {
        /// Its code.
        code: String,
        /// Chinese name.
        #[arg(long)]
        name_zh: String,
        /// English name.
        #[arg(long)]
        name_en: String,
        /// Whether it lies abroad: then the number under which its data are filed is needed.
        #[arg(long, requires = "filing")]
        abroad: bool,
        /// Number of the filing (人类遗传资源管理条例).
        #[arg(long, default_value = "")]
        filing: String,
    },
    /// Set the seal that a recipient has uploaded: receipts issued from now on bear it. Spark never draws one itself.
    ///
    /// The picture is PNG (best with a transparent ground) or JPEG, 512 KiB at most. Without a picture the seal is taken
    /// away; receipts that bear it keep it.
    ///
    /// Example: spark admin seal YS seal.png
    #[command(verbatim_doc_comment)]
    Seal {
        /// The letters of the recipient's receipt numbers.
        prefix: String,
        /// The picture; with none the seal is taken away.
        #[arg(required_unless_present = "remove")]
        picture: Option<PathBuf>,
        /// Take the seal away.
        #[arg(long, conflicts_with = "picture")]
        remove: bool,
    },
    /// Keep keys of laboratories' systems (docs/API.md).
    #[command(subcommand)]
    ApiKey(super::api_key::What),
    /// Set legal recipients with their plans, the funds they collect for, directed programmes and published figures.
    ///
    /// The file is TOML with [[recipient]], [[programme]] and [[figure]] sections; what is there already under the same
    /// receipt letters, filing number or code gets the new facts. docs/OPERATIONS.md shows one.
    ///
    /// Example: spark admin programme programme.toml
    #[command(verbatim_doc_comment)]
    Programme {
        /// The file.
        file: PathBuf,
    },
}

fn role(word: &str) -> Result<Role, String> {
    Role::from_word(word).ok_or_else(|| {
        let all = Role::ALL.map(Role::as_str).join(", ");
        format!("expected one of {all}")
    })
}

/// Does one of these.
///
/// # Errors
/// As the use cases.
pub async fn run(config: &Config, args: Args) -> anyhow::Result<ExitCode> {
    match args.what {
        What::CreateUser { name, roles, display_name } => {
            let password = password()?;
            super::in_house(config, async |ctx, _| {
                let made = service::staff::user_create(&ctx, &name, &display_name, &roles, &password).await;
                println!("user {} made", made.map_err(super::in_words)?);
                Ok(())
            })
            .await?;
        }
        What::SetPassword { name } => {
            let password = password()?;
            super::in_house(config, async |ctx, _| {
                service::staff::user_set_password(&ctx, &name, &password).await.map_err(super::in_words)
            })
            .await?;
            println!("password set");
        }
        What::DisableUser { name } => {
            super::in_house(config, async |ctx, _| {
                service::staff::user_disable(&ctx, &name).await.map_err(super::in_words)
            })
            .await?;
            println!("user disabled");
        }
        What::EnableUser { name } => {
            super::in_house(config, async |ctx, _| {
                service::staff::user_enable(&ctx, &name).await.map_err(super::in_words)
            })
            .await?;
            println!("user enabled");
        }
        What::SetRoles { name, roles } => {
            super::in_house(config, async |ctx, _| {
                service::staff::user_set_roles(&ctx, &name, &roles).await.map_err(super::in_words)
            })
            .await?;
            println!("roles set");
        }
        What::Bank { code, name_zh, name_en, abroad, filing } => {
            super::in_house(config, async |ctx, _| {
                let (id, number) = (ctx.id(), 0);
                let row = store::bank::BankRow {
                    id,
                    number,
                    code,
                    name_zh,
                    name_en,
                    abroad,
                    filing_number: filing,
                };
                let kept = service::registry::load::bank_set(&ctx, row).await.map_err(super::in_words)?;
                println!("bank {} set: number {}", kept.code, kept.number);
                Ok(())
            })
            .await?;
        }
        What::Seal { prefix, picture, remove: _ } => {
            let read = |path: &PathBuf| {
                std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
            };
            let picture = picture.as_ref().map(read).transpose()?;
            super::in_house(config, async |ctx, _| {
                service::seals::seal_set(&ctx, &prefix, picture).await.map_err(super::in_words)
            })
            .await?;
            println!("seal set");
        }
        What::ApiKey(what) => super::api_key::run(config, what).await?,
        What::Programme { file } => {
            let name = file.display();
            let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {name}"))?;
            let programme: ProgrammeFile =
                toml::from_str(&text).with_context(|| format!("{name} cannot be used"))?;
            super::in_house(config, async |ctx, _| {
                service::programme::programme_load(&ctx, programme).await.map_err(super::in_words)
            })
            .await?;
            println!("programme set");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The first line of standard input. A password never stands on a command line, where others see it.
fn password() -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut text)
        .context("the password on standard input is no text")?;
    let line = Zeroizing::new(text.lines().next().unwrap_or_default().to_owned());
    if line.is_empty() {
        bail!("no password on standard input");
    }
    Ok(line)
}
